package import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// How a text is cut for measuring, as llama-perplexity does: of each window the second half is scored.
public struct TextWindows: Hashable, Sendable {
  /// Tokens of one window.
  public var context = 512
  /// At most so many windows; nil for all.
  public var limit: Int?
  /// Each window starts so many tokens after the one before; nil for windows that do not overlap.
  public var stride: Int?

  /// Which tokens of conversations are scored.
  public var scoredTurns = ScoredTurns.all
  /// Whether conversations follow each other in windows of `context` tokens; else each has windows of its
  /// own.
  public var isPacked = false
  /// A chat template's file, to be used instead of the model's own.
  public var template: String?

  /// Windows of 512 tokens over the whole text.
  public init() {}
}

/// How well a model predicts a text.
public struct TextPrediction: Hashable, Sendable {
  /// exp of the mean negative log-likelihood.
  public let perplexity: Measured
  /// The mean of −ln p(next token), in nats.
  public let negativeLogLikelihood: Double
  /// Tokens that were scored.
  public let tokens: Int
  /// Windows of the text.
  public let windows: Int

  /// The same for each text, in the order of ``TextEvaluation/parts``; empty where there is one.
  public let parts: [TextPrediction]

  init(_ result: Perplexity, parts: [Perplexity] = []) {
    self.parts = parts.count < 2 ? [] : parts.map { TextPrediction($0) }
    perplexity = Measured(result.perplexity)
    negativeLogLikelihood = result.negativeLogLikelihood
    (tokens, windows) = (result.tokens, result.windows)
  }
}

extension OpenedModel {
  /// Measures how well the model predicts `text`.
  public func perplexity(
    of text: String, windows: TextWindows = TextWindows(),
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> TextPrediction {
    try TextEvaluation(of: Array(text.utf8), by: [RunnableModel(self)], windows: windows)
      .prediction(using: resources)
  }

  /// Compares models with this one, the reference: all walk through the text together.
  public func compare(
    with models: [OpenedModel], on text: String, windows: TextWindows = TextWindows(),
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> [ModelDifference] {
    var runnable = [try RunnableModel(self)]
    for model in models { runnable.append(try RunnableModel(model)) }
    return try TextEvaluation(of: Array(text.utf8), by: runnable, windows: windows)
      .differences(using: resources)
  }
}

extension Resources {
  /// The same for the layer walk.
  package var inference: InferenceOptions {
    var options = InferenceOptions(threads: threads, memory: memory, progress: progress)
    options.profile = profile
    return options
  }
}

extension TextWindows {
  func cut(_ text: [UInt8], for model: Model) throws -> TokenWindows {
    let tokenizer = try TextTokenizer.make(model.metadata)
    return try TokenWindows(
      tokens: tokenizer.encode(text), context: context, limit: limit, stride: stride,
      beginToken: tokenizer.beginToken)
  }
}
