internal import WeighbridgeByteIO
internal import WeighbridgeCalibration
internal import WeighbridgeConversion
internal import WeighbridgeDigests
internal import WeighbridgeGGUF
internal import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// Blocks, and within a budget encodings, that are chosen by what the model computes on texts.
///
///     var request = ConversionRequest(type: "Q4_K_M", style: .quantizer)
///     request.calibration = Calibration(texts: ["book.txt"])
public struct Calibration: Hashable, Sendable {
  /// How hard to work.
  public enum Effort: String, Hashable, Sendable, CaseIterable {
    /// Error feedback, gradients of some windows.
    case fast
    /// Tokens and outputs weighed by gradients of all windows.
    case good
    /// As `good` with a wider search, layers that follow what the encoded ones before them give, and scales
    /// and norms that move along the gradient of the divergence.
    case best
  }

  /// Texts, each `PATH` or `PATH:WEIGHT`, or one file of statistics.
  ///
  /// A text is a file, JSON lines with a `text` or `messages` each, or a folder of these; windows are taken
  /// of each as its weight says. Statistics are what
  /// ``OpenedModel/collectStatistics(_:to:replaces:using:)`` has written.
  public var texts: [String]
  /// How hard to work.
  public var effort = Effort.good
  /// How large all tensors may be together: `4.5bpw`, `3.2GiB`, `as:Q4_K_M`; nil keeps the encodings of
  /// the type.
  public var budget: String?
  /// `TYPE` or `REGEX=TYPE`: within a budget, tensors whose names match get no encoding of fewer bits.
  public var minimumTypes: [String] = []
  /// `REGEX=TYPE`: within a budget, the encoding of tensors whose names match.
  public var keptTypes: [String] = []
  /// Where the encodings that a budget allows are written as a recipe.
  public var recipeOutput: String?
  /// Tokens of a window.
  public var context = 512
  /// Windows, at most; an eighth of them is held back to judge the result.
  public var windowLimit = 128

  /// Calibrates on texts.
  public init(texts: [String]) { self.texts = texts }
}

extension Calibration {
  /// A plan whose blocks are there, and what was done; `location` is the model's path.
  ///
  /// What is encoded is kept beside `resumable`, the output, where that is given, for a run that goes on.
  func plan(
    _ source: Model, _ location: String, _ options: ConversionOptions, isPlanOnly: Bool,
    resumable output: String?, using resources: Resources
  ) throws -> (plan: ConversionPlan, report: CalibrationReport) {
    var request = try request(isPlanOnly: isPlanOnly)
    let reference = try CanonicalModel.make(source, options.canonical)
    let data = try data(reference, location, using: resources)
    if data.stored != nil || output != nil {
      let digest = try Self.digest(of: reference, using: resources)
      try data.stored?.check(digest, request.effort)
      if let output {
        let windows = data.windows.windows.map { "\($0)" }.joined(separator: "\n")
        let stored = data.stored.map { "\($0.effort.rawValue)" } ?? ""
        request.journal = (
          output,
          "\(version) \(digest) \(effort.rawValue) \(stored) \(resources.memory) "
            + "\(options.importance?.path ?? "") \(options.amendsEncoders)\n"
            + windows
        )
      }
    }
    return try CalibrationRun(source, options, request, options: resources.inference).run(on: data)
  }

  /// The paths of the texts.
  var paths: [String] {
    texts.map { (try? CalibrationTexts.split($0).path) ?? $0 }
  }

  /// The texts in windows, or the statistics of an earlier walk.
  func data(
    _ reference: Model, _ location: String, using resources: Resources
  ) throws -> CalibrationData {
    if let stored = try statistics() {
      let (own, count) = (
        stored.windows.windows.first?.count ?? 0,
        stored.windows.windows.count + (stored.heldBack?.windows.count ?? 0)
      )
      guard context == 512 || context == own, windowLimit == 128 || windowLimit == count else {
        throw RequestError(
          message: "\(stored.path): the statistics are of \(count) windows of \(own) tokens",
          hint: "leave --calibration-context and --calibration-windows out")
      }
      return CalibrationData(
        windows: stored.windows, heldBack: stored.heldBack, texts: stored.texts, stored: stored)
    }
    guard (1...(1 << 20)).contains(windowLimit), (8...(1 << 20)).contains(context) else {
      throw RequestError(
        message: "calibration takes 1 to \(1 << 20) windows of 8 to \(1 << 20) tokens")
    }
    let texts = try CalibrationTexts(texts)
    let cut = try texts.cut(
      context: context, limit: windowLimit, TextCutter(reference, at: location),
      heldBack: CalibrationRun.heldBack)
    return CalibrationData(windows: cut.used, heldBack: cut.heldBack, texts: texts.names)
  }

  /// The file of statistics, where one is named.
  private func statistics() throws -> StoredStatistics? {
    for path in texts {
      guard PathKind(following: path) == .file else { continue }
      let source = try FileSource(path: path)
      guard GGUF.recognizes(try source.readPrefix(4096), in: source) else { continue }
      guard texts.count == 1 else {
        throw RequestError(
          message: "\(path): statistics stand for all texts, so they are the only one named")
      }
      return try StoredStatistics(ModelInput.open(path), path: path)
    }
    return nil
  }

  /// What tells a model from others: its tensors under GGUF's names.
  static func digest(of reference: Model, using resources: Resources) throws -> String {
    var model = reference
    model.metadata = Metadata()
    model.origin.files = []
    return try ModelHashes(model, workers: resources.threads, progress: resources.progress)
      .content.hexadecimal
  }

  private func request(isPlanOnly: Bool) throws -> CalibrationRequest {
    guard !texts.isEmpty else {
      throw RequestError(message: "there is no text to calibrate on")
    }
    guard budget != nil || (minimumTypes.isEmpty && keptTypes.isEmpty && recipeOutput == nil)
    else {
      throw RequestError(
        message: "--minimum-types, --keep and --recipe-output say how to meet a --budget")
    }
    var request = CalibrationRequest()
    request.effort = level
    if let budget {
      guard let parsed = ByteBudget(budget) else {
        throw RequestError(
          message: "--budget takes 4.5bpw, 3.2GiB or as:RECIPE, not '\(budget)'")
      }
      request.budget = parsed
    }
    request.kept = try keptTypes.map { try TensorTypeRule($0) }
    request.minimumTypes = try minimumTypes.map {
      try TensorTypeRule($0.contains("=") ? $0 : ".=\($0)")
    }
    request.isDryRun = isPlanOnly
    return request
  }

  /// The effort, as the modules beneath know it.
  var level: WeighbridgeCalibration.Effort {
    switch effort {
    case .fast: .fast
    case .good: .good
    case .best: .best
    }
  }
}
