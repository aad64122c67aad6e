internal import WeighbridgeArchitectures
package import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A text on its way through a model, all of its windows a layer at a time.
///
/// Between two layers the hidden states of all tokens are kept, 4 × tokens × width bytes, in a scratch file
/// where they would take more than a quarter of the memory; and nothing else: what is collected of a layer
/// can be used and dropped before the next.
package final class CalibrationWalk {
  /// The model.
  package let decoder: Decoder
  /// The text.
  package let windows: TokenWindows
  /// The layer that comes next.
  package private(set) var layer = 0
  private let walk: DecoderWalk
  private let together: Int
  private let states: HiddenStates
  private let options: InferenceOptions

  /// Begins with the embeddings of all tokens.
  package init(
    _ decoder: Decoder, _ windows: TokenWindows, options: InferenceOptions
  ) throws(InferenceError) {
    try decoder.requireOneText(for: "activations")
    try decoder.check(windows)
    let width = decoder.carried.count
    let states = try reading { () throws(FormatError) in
      try HiddenStates(tokens: windows.tokenCount, columns: width, limit: options.memory / 4)
    }
    self.states = states
    var rest = options
    rest.memory = options.memory - states.heldBytes
    let plan = try WalkPlan([decoder], on: windows, options: rest)
    self.decoder = decoder
    self.windows = windows
    self.options = options
    together = plan.windowsPerBatch
    let space = Workspace([decoder], windows: together, length: plan.windowTokens, options)
    walk = DecoderWalk(decoder, space, workers: options.threads)
    try reading { () throws(FormatError) in
      try windows.forBatches(of: together) { (batch, rows) throws(FormatError) in
        try walk.start(batch)
        try states.store(walk.state, at: rows)
      }
    }
  }

  /// Passes the next layer.
  package func pass(collecting collector: MomentCollector?) throws(InferenceError) {
    walk.observer = collector
    defer { walk.observer = nil }
    try reading { () throws(FormatError) in
      try windows.forBatches(of: together) { (batch, rows) throws(FormatError) in
        walk.resume(batch, from: try states.states(of: rows))
        collector?.firstToken = rows.lowerBound
        try walk.pass(layer)
        try states.store(walk.state, at: rows)
      }
    }
    layer += 1
  }

  /// Collects what the output head is multiplied with, once all layers are passed.
  package func finish(collecting collector: MomentCollector) throws(InferenceError) {
    precondition(layer == decoder.layers.count)
    guard let head = decoder.head else { return }
    try reading { () throws(FormatError) in
      try windows.forBatches(of: together) { (batch, rows) throws(FormatError) in
        walk.resume(batch, from: try states.states(of: rows))
        collector.firstToken = rows.lowerBound
        collector.observe(try walk.finalStates(), [head], workers: options.threads)
      }
    }
  }
}

extension Decoder {
  /// Layers of the model.
  package var layerCount: Int { layers.count }
}

extension Decoder {
  /// The tensor that logits come from.
  package var headTensor: ByteString? { head?.tensor }
  /// Whether the model predicts the next token.
  package var predictsTokens: Bool { head != nil && description.isCausal }
}
