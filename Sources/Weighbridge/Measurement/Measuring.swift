internal import WeighbridgeByteIO
package import WeighbridgeInference
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// A value with its standard error.
public struct Measured: Hashable, Sendable {
  /// The value.
  public let value: Double
  /// Its standard error.
  public let error: Double

  init(_ estimate: Estimate) { (value, error) = (estimate.value, estimate.error) }
}

/// How a text is cut for measuring, as llama-perplexity does: of each window the second half is scored.
public struct TextWindows: Hashable, Sendable {
  /// Tokens of one window.
  public var context = 512
  /// At most so many windows; nil for all.
  public var limit: Int?
  /// Each window starts so many tokens after the one before; nil for windows that do not overlap.
  public var stride: Int?

  /// Windows of 512 tokens over the whole text.
  public init() {}
}

/// How well a model predicts a text.
public struct TextPrediction: Hashable, Sendable {
  /// exp of the mean negative log-likelihood.
  public let perplexity: Measured
  /// Tokens that were scored.
  public let tokens: Int
  /// Windows of the text.
  public let windows: Int
}

/// What changed between a reference and a model, over all scored tokens.
public struct ModelDifference: Hashable, Sendable {
  /// Where the model is.
  public let location: String
  /// The model's perplexity.
  public let perplexity: Measured
  /// The reference's.
  public let referencePerplexity: Measured
  /// The mean Kullback-Leibler divergence of the model's predictions from the reference's.
  public let divergence: Measured
  /// The share of tokens whose most likely successor is the same, from 0 to 1.
  public let sameTop: Measured
  /// The relative error of the hidden states after each layer, where shapes allow it.
  public let layers: [Double]
}

extension OpenedModel {
  /// Measures how well the model predicts `text`.
  ///
  /// Memory does not grow with the model: windows walk together through one layer after another, as
  /// many as `resources.memory` has room for.
  public func perplexity(
    of text: String, windows: TextWindows = TextWindows(),
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> TextPrediction {
    try publicly {
      let model = try ModelInput.canonical(model)
      let cut = try windows.cut(Array(text.utf8), for: model)
      let result = try Perplexity.measure(
        Decoder(model), on: cut, options: resources.inference)
      return TextPrediction(
        perplexity: Measured(result.perplexity), tokens: result.tokens, windows: result.windows)
    }
  }

  /// Compares models with this one, the reference: all walk through the text together, so nothing is
  /// stored and each file is read once.
  public func compare(
    with models: [OpenedModel], on text: String, windows: TextWindows = TextWindows(),
    using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> [ModelDifference] {
    try publicly {
      let reference = try ModelInput.canonical(model)
      let decoder = try Decoder(reference)
      let others = try models.map { try Decoder(ModelInput.canonical($0.model)) }
      for other in others { try decoder.requireSameVocabulary(as: other) }
      let cut = try windows.cut(Array(text.utf8), for: reference)
      let results = try Comparison.measure(
        others, against: decoder, on: cut, options: resources.inference, recorder: nil)
      return zip(models, results).map { other, result in
        ModelDifference(
          location: other.location, perplexity: Measured(result.perplexity.perplexity),
          referencePerplexity: Measured(result.referencePerplexity.perplexity),
          divergence: Measured(result.divergence), sameTop: Measured(result.sameTop),
          layers: result.layers)
      }
    }
  }
}

extension Resources {
  /// The same for the layer walk.
  package var inference: InferenceOptions {
    InferenceOptions(threads: threads, memory: memory, progress: progress)
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
