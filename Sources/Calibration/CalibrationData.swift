package import WeighbridgeByteIO
internal import WeighbridgeConversion
package import WeighbridgeInference

/// What a calibration goes by: a text in windows, and what an earlier walk has collected of it.
package struct CalibrationData: Sendable {
  /// Windows that give statistics.
  package let windows: TokenWindows
  /// Windows that judge; nil where the text is too short for any.
  package let heldBack: TokenWindows?
  /// The names of the texts.
  package let texts: [ByteString]
  /// The statistics of an earlier walk; nil where the text has yet to walk.
  package let stored: StoredStatistics?

  /// Puts windows together; `texts` are their names.
  package init(
    windows: TokenWindows, heldBack: TokenWindows?, texts: [ByteString],
    stored: StoredStatistics? = nil
  ) {
    self.windows = windows
    self.heldBack = heldBack
    self.texts = texts
    self.stored = stored
  }
}

extension CalibrationData {
  /// The gradients of a text; nil where the model has no reverse, with the reason.
  ///
  /// For scales alone some windows will do.
  func fisher(
    _ decoder: Decoder, _ effort: Effort, _ options: InferenceOptions
  ) throws(InferenceError) -> (statistics: FisherStatistics?, obstacle: String?) {
    if let stored { return (try stored.fisher(), stored.obstacle) }
    if let obstacle = FisherWalk.obstacle(decoder) { return (nil, obstacle) }
    var part = windows
    if effort == .fast {
      part = TokenWindows(windows: Array(windows.windows.prefix(24)), scored: windows.scored)
    }
    let all = try FisherWalk(
      decoder, collectsOutputs: effort != .fast, options: options
    ).run(on: part)
    return (all.scalesOnly(effort == .fast), nil)
  }

  /// Gives what the matrices of each layer are multiplied with, layer after layer and those of the head
  /// last; what was given is dropped before the next.
  func forLayers(
    of decoder: Decoder, weighedBy fisher: FisherStatistics?, _ activity: String,
    _ options: InferenceOptions,
    _ body: ([MatrixKey: Moments]) throws(InferenceError) -> Void
  ) throws(InferenceError) {
    let tokens = UInt64(windows.tokenCount)
    let layers = decoder.layerCount
    options.progress.begin(activity, total: UInt64(layers + 1) * tokens, unit: .tokens)
    defer { options.progress.end() }
    if let stored {
      for layer in 0...layers {
        try body(try stored.moments(of: layer < layers ? layer : nil))
        options.progress.advance(by: tokens)
      }
      return
    }
    let collector = MomentCollector(weights: fisher?.tokenWeights ?? [:])
    let walk = try CalibrationWalk(decoder, windows, options: options)
    for _ in 0..<layers {
      collector.reset()
      try walk.pass(collecting: collector)
      try body(collector.moments)
      options.progress.advance(by: tokens)
    }
    collector.reset()
    try walk.finish(collecting: collector)
    try body(collector.moments)
    options.progress.advance(by: tokens)
  }

  /// The importance matrix of the same windows, as llama-imatrix has it.
  func importance(
    _ decoder: Decoder, _ options: InferenceOptions
  ) throws(InferenceError) -> ImportanceSums {
    if let stored { return try stored.importance() }
    let collector = ImportanceCollector(decoder, options: options)
    try collector.collect(windows)
    do {
      return try ImportanceSums(
        path: "calibration",
        entries: collector.sums.compactMap {
          ImportanceSums.Entry(name: $0.name, sums: $0.sums, counts: $0.counts)
        }, datasets: texts, chunkCount: windows.windows.count,
        chunkSize: windows.windows.first?.count ?? 0)
    } catch { throw error.inferenceError }
  }
}
