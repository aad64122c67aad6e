package import WeighbridgeInference

/// What changed between a reference and a model, over all scored tokens.
///
/// The statistics are those of llama.cpp's `--kl-divergence`; probabilities are fractions, not percent.
public struct ModelDifference: Hashable, Sendable {
  /// The model.
  public let model: MeasuredModel
  /// Its perplexity.
  public let perplexity: Measured
  /// The reference's.
  public let referencePerplexity: Measured
  /// Tokens that were scored.
  public let tokens: Int
  /// perplexity / reference's.
  public let perplexityRatio: Measured
  /// perplexity − reference's.
  public let perplexityDifference: Measured
  /// ln(perplexity / reference's).
  public let logPerplexityRatio: Measured
  /// The correlation of both models' ln p(next token); nil where one of them does not vary.
  public let correlation: Double?
  /// The mean Kullback–Leibler divergence of the model's predictions from the reference's, in nats.
  public let divergence: Measured
  /// The divergences of the tokens, in nats.
  public let divergences: Percentiles
  /// The mean of q − p of the next token: the model's probability less the reference's.
  public let probabilityChange: Measured
  /// The root of the mean of (q − p)².
  public let probabilityChangeRootMeanSquare: Measured
  /// The changes of the tokens.
  public let probabilityChanges: Percentiles
  /// The share of tokens whose most likely successor is the same, from 0 to 1.
  public let sameTop: Measured
  /// The relative error of the hidden states after each layer; empty where shapes do not allow it.
  public let layers: [Double]
  /// What the model says of each window of the text, in their order.
  package let windows: [WindowDifference]

  /// The mean share of the reference's five most likely tokens that are among the model's five.
  public let sameTop5: Measured
  /// The same of ten.
  public let sameTop10: Measured
  /// Of the tokens that the reference gives more than half of the probability to one, the share where the
  /// model prefers another.
  public let flips: Measured
  /// How many tokens these are.
  public let likelyTokens: Int
  /// The same for each text, in the order of ``TextEvaluation/parts``; empty where there is one.
  public let parts: [ModelDifference]
  /// Token by token.
  package let comparison: Comparison

  init(_ model: MeasuredModel, _ result: Comparison, _ parts: [TextPart] = []) {
    self.model = model
    comparison = result
    sameTop5 = Measured(result.sameTop5)
    sameTop10 = Measured(result.sameTop10)
    flips = Measured(result.flips)
    likelyTokens = result.likelyTokens
    self.parts =
      parts.count < 2
      ? []
      : parts.map { part in
        ModelDifference(model, result.part(part.windows))
      }
    perplexity = Measured(result.perplexity.perplexity)
    referencePerplexity = Measured(result.referencePerplexity.perplexity)
    tokens = result.referencePerplexity.tokens
    perplexityRatio = Measured(result.perplexityRatio)
    perplexityDifference = Measured(result.perplexityDifference)
    logPerplexityRatio = Measured(result.logPerplexityRatio)
    correlation = result.correlation
    divergence = Measured(result.divergence)
    divergences = Percentiles(result.divergences)
    probabilityChange = Measured(result.probabilityChange)
    probabilityChangeRootMeanSquare = Measured(result.probabilityChangeRootMeanSquare)
    probabilityChanges = Percentiles(result.probabilityChanges)
    sameTop = Measured(result.sameTop)
    layers = result.layers
    windows = result.windows.map {
      WindowDifference(
        divergence: $0.divergence,
        logPerplexityRatio: $0.negativeLogLikelihood - $0.referenceNegativeLogLikelihood)
    }
  }
}

/// What changed in one window of a text.
package struct WindowDifference: Hashable, Sendable {
  /// The mean divergence of its scored tokens.
  package let divergence: Double
  /// ln(perplexity / reference's).
  package let logPerplexityRatio: Double
}

/// How the numbers of all tokens are spread.
public struct Percentiles: Hashable, Sendable {
  private let numbers: Distribution

  init(_ numbers: Distribution) { self.numbers = numbers }

  /// The number below which a fraction of all lies, between neighbours by proportion: 0 is the
  /// smallest, 1 the largest.
  public func callAsFunction(_ fraction: Double) -> Double { numbers.percentile(fraction) }

  /// How many numbers lie in each of the bins between `bounds`, which grow; the first and the last bin
  /// have all that is beyond.
  package func counts(between bounds: [Double]) -> [Int] { numbers.counts(between: bounds) }
}

/// A value with its standard error.
public struct Measured: Hashable, Sendable {
  /// The value.
  public let value: Double
  /// Its standard error.
  public let error: Double

  init(_ estimate: Estimate) { (value, error) = (estimate.value, estimate.error) }
}
