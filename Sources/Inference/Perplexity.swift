#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A number and its standard error.
package struct Estimate: Hashable, Sendable {
  /// The number.
  package let value: Double
  /// One standard deviation.
  package let error: Double
  /// Pairs a number with its error.
  package init(_ value: Double, error: Double) {
    self.value = value
    self.error = error
  }
}

/// How well a model predicts a text.
package struct Perplexity: Hashable, Sendable {
  /// exp(mean of −ln p(next token)) over the scored tokens, and its error.
  package let perplexity: Estimate
  /// The mean of −ln p(next token).
  package let negativeLogLikelihood: Double
  /// Scored tokens.
  package let tokens: Int
  /// Windows of the text.
  package let windows: Int

  /// Measures a model on a text.
  package static func measure(
    _ decoder: Decoder, on windows: TokenWindows, options: InferenceOptions
  ) throws(InferenceError) -> Perplexity {
    Perplexity(
      try scores(of: [decoder], on: windows, options: options)[0], windows: windows.windows.count)
  }

  /// What models say of every scored token; all walk together.
  package static func scores(
    of decoders: [Decoder], on windows: TokenWindows, options: InferenceOptions,
    activity: String = "perplexity"
  ) throws(InferenceError) -> [[TokenScore]] {
    var walk = try JointWalk(decoders, windows, options)
    try walk.run(windows, activity: activity)
    return walk.scores
  }

  /// Summarizes what a model says of tokens.
  package init(_ scores: [TokenScore], windows: Int) {
    self.init(scores.map(\.negativeLogLikelihood), windows: windows)
  }

  /// Summarizes −ln p of every scored token.
  init(_ values: [Double], windows: Int) {
    let mean = Estimate.mean(of: values)
    negativeLogLikelihood = mean.value
    perplexity = Estimate(exp(mean.value), error: exp(mean.value) * mean.error)
    tokens = values.count
    self.windows = windows
  }
}

extension Estimate {
  /// The mean of values and the error of the mean; zero error for fewer than two.
  static func mean(of values: [Double]) -> Estimate {
    guard !values.isEmpty else { return Estimate(0, error: 0) }
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    return Estimate(mean, error: values.count > 1 ? (variance / (count - 1)).squareRoot() : 0)
  }
}
