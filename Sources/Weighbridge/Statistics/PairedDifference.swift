internal import WeighbridgeInference

/// How two models differ on the same windows, with intervals that count how much windows vary.
///
/// Windows are drawn anew with replacement (Efron and Tibshirani, An Introduction to the Bootstrap,
/// chapter 13: percentile intervals): tokens of one window depend on each other, windows hardly do.
public struct PairedDifference: Hashable, Sendable {
  /// A value with the bounds between which 95 of 100 draws fall.
  public struct Interval: Hashable, Sendable {
    /// The value, over all windows.
    public let value: Double
    /// The lower bound.
    public let low: Double
    /// The upper bound.
    public let high: Double

    /// Whether it is told from no difference.
    public var excludesZero: Bool { low > 0 || high < 0 }
  }

  /// The models, by their places in the list that was compared.
  public let first: Int
  /// The other.
  public let second: Int
  /// The first's mean divergence less the second's.
  public let divergence: Interval
  /// ln of the first's perplexity less that of the second's.
  public let logPerplexity: Interval

  /// Draws of windows.
  private static let draws = 2000

  /// All pairs of models; none where there are fewer than two windows to draw from.
  public static func all(of models: [ModelDifference]) -> [PairedDifference] {
    guard models.count > 1, let windows = models.first?.comparison.windows, windows.count > 1,
      models.allSatisfy({ $0.comparison.windows.count == windows.count })
    else { return [] }
    let weights = windows.map { Double($0.tokens) }
    // The same draws for all pairs, the same on every machine.
    var generator = Generator()
    let samples = (0..<draws).map { _ in windows.map { _ in generator.next(below: windows.count) } }
    var pairs: [PairedDifference] = []
    for first in models.indices {
      for second in models.indices.dropFirst(first + 1) {
        let (one, other) = (models[first].comparison, models[second].comparison)
        let divergences = zip(one.windows, other.windows).map { $0.divergence - $1.divergence }
        let logarithms = zip(one.windows, other.windows).map {
          $0.negativeLogLikelihood - $1.negativeLogLikelihood
        }
        pairs.append(
          PairedDifference(
            first: first, second: second,
            divergence: interval(divergences, weights, samples),
            logPerplexity: interval(logarithms, weights, samples)))
      }
    }
    return pairs
  }

  private static func interval(
    _ values: [Double], _ weights: [Double], _ samples: [[Int]]
  ) -> Interval {
    func mean(_ places: some Sequence<Int>) -> Double {
      var (sum, weight) = (0.0, 0.0)
      for place in places {
        sum += values[place] * weights[place]
        weight += weights[place]
      }
      return weight > 0 ? sum / weight : 0
    }
    let drawn = Distribution(samples.map { mean($0) })
    return Interval(
      value: mean(values.indices), low: drawn.percentile(0.025), high: drawn.percentile(0.975))
  }

  /// SplitMix64 from a fixed seed.
  private struct Generator {
    private var state: UInt64 = 0x57_6569_6768

    mutating func next(below limit: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      mixed ^= mixed >> 31
      return Int(mixed.multipliedFullWidth(by: UInt64(limit)).high)
    }
  }
}
