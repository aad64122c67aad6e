#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// How far a model's predictions are from those of a reference, over the scored tokens of a text.
///
/// The definitions are those of llama.cpp's `--kl-divergence`; probabilities are fractions, not
/// percent.
package struct Comparison: Hashable, Sendable {
  /// The model's own perplexity.
  package let perplexity: Perplexity
  /// The reference's.
  package let referencePerplexity: Perplexity
  /// ln(perplexity / reference's).
  package let logPerplexityRatio: Estimate
  /// perplexity / reference's.
  package let perplexityRatio: Estimate
  /// perplexity − reference's.
  package let perplexityDifference: Estimate
  /// The correlation of both models' ln p(next token); nil where one of them does not vary.
  package let correlation: Double?
  /// The mean of the Kullback–Leibler divergence Σ p ln(p/q), p being the reference's.
  package let divergence: Estimate
  /// The divergences of the tokens.
  package let divergences: Distribution
  /// The mean of q − p of the next token.
  package let probabilityChange: Estimate
  /// The root of the mean of (q − p)².
  package let probabilityChangeRootMeanSquare: Estimate
  /// The changes of the tokens.
  package let probabilityChanges: Distribution
  /// The share of tokens whose most likely next token is the reference's.
  package let sameTop: Estimate
  /// The relative error of the hidden states after each layer: the root of Σ (h − r)² / Σ r².
  package let layers: [Double]
  /// What the model says of each window, in the order of the text.
  package let windows: [Window]

  /// A window's part of a comparison.
  package struct Window: Hashable, Sendable {
    /// Its scored tokens.
    package let tokens: Int
    /// The mean divergence of its scored tokens.
    package let divergence: Double
    /// The mean of −ln p(next token), the model's and the reference's.
    package let negativeLogLikelihood: Double
    package let referenceNegativeLogLikelihood: Double
  }
  /// The mean share of the reference's five most likely tokens that are among the model's five.
  package let sameTop5: Estimate
  /// The same of ten.
  package let sameTop10: Estimate
  /// Of the tokens that the reference gives more than half of the probability to one, the share where the
  /// model prefers another.
  package let flips: Estimate
  /// How many tokens these are.
  package let likelyTokens: Int
  /// What the model says of every scored token, in the order of the text.
  package let scores: [TokenScore]
  /// What the reference says.
  package let referenceScores: [TokenScore]

  /// Measures models against a reference; all walk together, so no predictions are stored.
  ///
  /// Throws where the vocabularies differ.
  package static func measure(
    _ models: [Decoder], against reference: Decoder, on windows: TokenWindows,
    options: InferenceOptions, recorder: (any BaselineRecorder)? = nil
  ) throws(InferenceError) -> [Comparison] {
    var walk = try JointWalk([reference] + models, windows, options, recorder: recorder)
    try walk.run(windows, activity: "compare")
    return models.indices.map { index in
      Comparison(
        walk.scores[index + 1], reference: walk.scores[0], errors: walk.errors[index + 1],
        counts: windows.scoredCounts)
    }
  }

  /// Measures models against a stored reference, on the windows that it was stored for.
  ///
  /// Hidden states of layers are not stored, so there are no errors of layers.
  package static func measure(
    _ models: [Decoder], against baseline: Baseline, options: InferenceOptions
  ) throws(InferenceError) -> [Comparison] {
    var walk = try JointWalk(models, against: baseline, baseline.windows, options)
    try walk.run(baseline.windows, activity: "compare")
    return models.indices.map { index in
      Comparison(
        walk.scores[index + 1], reference: walk.scores[0], errors: [],
        counts: baseline.windows.scoredCounts)
    }
  }

  init(
    _ scores: [TokenScore], reference: [TokenScore],
    errors: [(difference: Double, norm: Double)], counts: [Int]
  ) {
    let own = scores.map { $0.negativeLogLikelihood }
    let base = reference.map { $0.negativeLogLikelihood }
    perplexity = Perplexity(own, windows: counts.count)
    referencePerplexity = Perplexity(base, windows: counts.count)
    let (mean, baseMean) = (Estimate.mean(of: own), Estimate.mean(of: base))
    // The covariance of the two means.
    let count = Double(max(own.count, 1))
    let covariance =
      own.count < 2
      ? 0
      : zip(own, base).reduce(0) { $0 + ($1.0 - mean.value) * ($1.1 - baseMean.value) }
        / count / (count - 1)
    let errorsProduct = mean.error * baseMean.error
    correlation = errorsProduct > 0 ? covariance / errorsProduct : nil
    let ratio = mean.value - baseMean.value
    let ratioError = max(
      0, mean.error * mean.error + baseMean.error * baseMean.error - 2 * covariance
    ).squareRoot()
    logPerplexityRatio = Estimate(ratio, error: ratioError)
    perplexityRatio = Estimate(exp(ratio), error: exp(ratio) * ratioError)
    let (p, q) = (perplexity.perplexity, referencePerplexity.perplexity)
    perplexityDifference = Estimate(
      p.value - q.value,
      error: max(
        0, p.error * p.error + q.error * q.error - 2 * p.value * q.value * covariance
      ).squareRoot())
    let divergences = scores.map { $0.divergence }
    divergence = Estimate.mean(of: divergences)
    self.divergences = Distribution(divergences)
    let changes = zip(own, base).map { exp(-$0) - exp(-$1) }
    probabilityChange = Estimate.mean(of: changes)
    probabilityChanges = Distribution(changes)
    let squares = Estimate.mean(of: changes.map { $0 * $0 })
    let root = squares.value.squareRoot()
    probabilityChangeRootMeanSquare = Estimate(
      root, error: root > 0 ? 0.5 / root * squares.error : 0)
    let same = Double(zip(scores, reference).filter { $0.best == $1.best }.count) / count
    sameTop = Estimate(same, error: (same * (1 - same) / max(1, count - 1)).squareRoot())
    layers = errors.map { $0.norm > 0 ? ($0.difference / $0.norm).squareRoot() : 0 }
    var first = 0
    self.windows = counts.map { count in
      let range = first..<min(first + count, own.count)
      first = range.upperBound
      func mean(_ values: [Double]) -> Double {
        values[range].reduce(0, +) / Double(max(1, range.count))
      }
      return Window(
        tokens: range.count, divergence: mean(divergences), negativeLogLikelihood: mean(own),
        referenceNegativeLogLikelihood: mean(base))
    }
    sameTop5 = Estimate.mean(of: scores.map { Double($0.sharedTop5) / 5 })
    sameTop10 = Estimate.mean(of: scores.map { Double($0.sharedTop10) / 10 })
    let likely = zip(scores, reference).filter { $1.bestProbability > 0.5 }
    likelyTokens = likely.count
    let flipped = Double(likely.filter { $0.best != $1.best }.count) / Double(max(1, likely.count))
    flips = Estimate(
      flipped,
      error: (flipped * (1 - flipped) / Double(max(1, likely.count - 1))).squareRoot())
    self.scores = scores
    referenceScores = reference
  }

  /// The same of some of the windows; errors of layers are of all.
  package func part(_ range: Range<Int>) -> Comparison {
    let counts = windows.map(\.tokens)
    let first = counts[..<range.lowerBound].reduce(0, +)
    let tokens = first..<first + counts[range].reduce(0, +)
    return Comparison(
      Array(scores[tokens]), reference: Array(referenceScores[tokens]), errors: [],
      counts: Array(counts[range]))
  }
}

/// The percentiles of a list of numbers.
package struct Distribution: Hashable, Sendable {
  private let sorted: [Double]

  /// Sorts the numbers.
  package init(_ values: [Double]) { sorted = values.sorted() }

  /// The number below which a fraction of all lies, between neighbours by proportion; 0 is the
  /// smallest, 1 the largest, and an empty list gives 0.
  package func percentile(_ fraction: Double) -> Double {
    guard let last = sorted.indices.last else { return 0 }
    let place = min(max(fraction, 0), 1) * Double(last)
    let index = Int(place)
    let part = place - Double(index)
    return (1 - part) * sorted[index] + part * sorted[min(index + 1, last)]
  }

  /// How many numbers lie in each of the bins between `bounds`, which grow; the first and the last bin
  /// have all that is beyond.
  package func counts(between bounds: [Double]) -> [Int] {
    guard bounds.count > 1 else { return [] }
    var result = [Int](repeating: 0, count: bounds.count - 1)
    var bin = 0
    for value in sorted {
      while bin < result.count - 1, value >= bounds[bin + 1] { bin += 1 }
      result[bin] += 1
    }
    return result
  }

  /// The largest.
  package var maximum: Double { percentile(1) }
  /// The middle.
  package var median: Double { percentile(0.5) }
  /// The smallest.
  package var minimum: Double { percentile(0) }
}
