internal import WeighbridgeByteIO
internal import WeighbridgeCalibration
internal import WeighbridgeConversion
internal import WeighbridgeGGUF
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// What a text shows of a model's matrices, collected in one walk and kept as a file: any number of
/// calibrated quantizations of the same model use it.
///
///     let model = try OpenedModel("model-f16.gguf")
///     try model.collectStatistics(Calibration(texts: ["book.txt"]), to: "book.stats.gguf")
///     request.calibration = Calibration(texts: ["book.stats.gguf"])
public struct CalibrationStatistics: Hashable, Sendable {
  /// The file.
  public let location: String
  /// The SHA-256 of the model's tensors, whatever they are stored in.
  public let model: String
  /// How much was collected: tokens weigh alike in what was collected for ``Calibration/Effort/fast``.
  public let effort: Calibration.Effort
  /// The names of the texts.
  public let texts: [String]
  /// Windows that gave the statistics.
  public let windowCount: Int
  /// Windows that are held back, to judge by.
  public let heldBackCount: Int
  /// Tokens of one window.
  public let context: Int
  /// Why there are no gradients; nil where there are.
  public let obstacle: String?
  /// Bytes of the file.
  public let byteCount: UInt64

  init(_ stored: StoredStatistics, byteCount: UInt64) {
    location = stored.path
    model = stored.digest
    effort = stored.effort == .fast ? .fast : .good
    texts = stored.texts.map(\.text)
    windowCount = stored.windows.windows.count
    heldBackCount = stored.heldBack?.windows.count ?? 0
    context = stored.windows.windows.first?.count ?? 0
    obstacle = stored.obstacle
    self.byteCount = byteCount
  }

  /// Opens a file of statistics.
  public init(_ path: String) throws(WeighbridgeError) {
    self = try publicly {
      let byteCount = try FileSource(path: path).byteCount
      return Self(try StoredStatistics(ModelInput.open(path), path: path), byteCount: byteCount)
    }
  }
}

extension OpenedModel {
  /// Walks texts through the model and writes what its matrices were multiplied with, and what the
  /// predictions feel of them, whole or not at all.
  @discardableResult
  public func collectStatistics(
    _ calibration: Calibration, to output: String, replaces: Bool = false,
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> CalibrationStatistics {
    try publicly {
      let place = try OutputPlace(output, replacing: replaces)
      let reference = try CanonicalModel.make(model, CanonicalOptions())
      let data = try calibration.data(reference, location, using: resources)
      guard data.stored == nil else {
        throw RequestError(message: "statistics are collected on a text, not on statistics")
      }
      let digest = try Calibration.digest(of: reference, using: resources)
      let collected = try StatisticsCollection.collect(
        reference, on: data, effort: calibration.level, digest: digest,
        options: resources.inference)
      let layout = try GGUF.layOut(collected)
      let file = try AtomicFile(place, byteCount: layout.byteCount)
      try StreamingExecutor(workers: resources.threads, chunkBytes: resources.chunkBytes)
        .write(collected, as: layout, to: file.sink)
      try file.commit()
      return CalibrationStatistics(
        try StoredStatistics(collected, path: output), byteCount: layout.byteCount)
    }
  }
}
