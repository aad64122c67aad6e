import TestSupport
import Testing

@testable import Weighbridge
@testable import WeighbridgeInference

/// Which of several models to take.
@Suite struct VerdictTests {
  /// A model whose windows of four tokens have these divergences.
  private func model(_ name: String, bytes: UInt64, bits: Double, _ divergences: [Double])
    -> ModelDifference
  {
    var (scores, reference): ([TokenScore], [TokenScore]) = ([], [])
    for divergence in divergences {
      for _ in 0..<4 {
        var score = TokenScore()
        (score.negativeLogLikelihood, score.divergence) = (2 + divergence, divergence)
        scores.append(score)
        score.negativeLogLikelihood = 2
        reference.append(score)
      }
    }
    let comparison = Comparison(
      scores, reference: reference, errors: [], counts: divergences.map { _ in 4 })
    return ModelDifference(
      MeasuredModel(location: name, type: name, bytes: bytes, bitsPerWeight: bits), comparison)
  }

  private let noise = [0.01, -0.01, 0.02, -0.02, 0.005, -0.005, 0.015, -0.015]

  @Test func aConstantDifferenceHasNoSpread() throws {
    let first = model("a", bytes: 10, bits: 8.5, noise.map { 0.5 + $0 })
    let second = model("b", bytes: 5, bits: 4.5, noise.map { 0.25 + $0 })
    let pair = try #require(PairedDifference.all(of: [first, second]).first)
    for interval in [pair.divergence, pair.logPerplexity] {
      #expect(abs(interval.value - 0.25) < 1e-12)
      #expect(abs(interval.low - 0.25) < 1e-12 && abs(interval.high - 0.25) < 1e-12)
      #expect(interval.excludesZero)
    }
    #expect(PairedDifference.all(of: [first]).isEmpty)
  }

  /// The interval of a mean of many draws is that of the normal distribution.
  @Test func intervalsAreAsWideAsWindowsVary() throws {
    let count = 400
    let spread = (0..<count).map { $0 % 2 == 0 ? 0.1 : -0.1 }
    let first = model("a", bytes: 10, bits: 8.5, spread.map { 1 + $0 })
    let second = model("b", bytes: 5, bits: 4.5, spread.map { _ in 1 })
    let interval = try #require(PairedDifference.all(of: [first, second]).first).divergence
    let expected = 1.96 * 0.1 / Double(count).squareRoot()
    #expect(abs(interval.value) < 1e-12 && !interval.excludesZero)
    #expect(abs(interval.high - expected) < 0.15 * expected)
    #expect(abs(interval.low + expected) < 0.15 * expected)
  }

  @Test func theBetterOfASizeIsRecommended() {
    let models = [
      model("q8", bytes: 100, bits: 8.5, noise.map { 0.02 + $0 }),
      model("q4", bytes: 50, bits: 4.5, noise.map { 0.2 + $0 }),
      model("q4-larger", bytes: 55, bits: 4.9, noise.reversed().map { 0.2 + $0 }),
      model("worse", bytes: 60, bits: 4.9, noise.map { 0.9 + $0 }),
    ]
    let verdict = Verdict(models)
    #expect(verdict.dominated.map(\.model) == [3] && verdict.dominated[0].margin.low > 0.5)
    #expect(verdict.frontier == [1, 2, 0])
    #expect(verdict.recommendations.map(\.bits) == [8, 4])
    #expect(verdict.recommendations.map(\.model) == [0, 1])
    #expect(verdict.recommendations[1].equals == [2])
  }

  /// Parts of a comparison are what a comparison of these windows alone is.
  @Test func partsAreComparisonsOfTheirWindows() {
    let whole = model("a", bytes: 1, bits: 4, [0.1, 0.2, 0.3, 0.4]).comparison
    let part = whole.part(1..<3)
    #expect(part == model("a", bytes: 1, bits: 4, [0.2, 0.3]).comparison)
    #expect(abs(part.divergence.value - 0.25) < 1e-12 && part.windows.count == 2)
  }
}
