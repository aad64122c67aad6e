import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings

@testable import WeighbridgeCalibration

/// Encodings within a budget, against all that can be chosen.
struct AllocationTests {
  private static func sample(_ seed: UInt64) -> [Allocation.Candidate] {
    var random = Random(state: seed)
    return (0..<7).map { index in
      let size = UInt64(200 + 150 * index)
      let scale = Double(abs(random.next())) + 0.01
      let choices: [(Encoding, Double, UInt64)] = [
        (.q2_K, 4.13, 21), (.q3_K, 1, 27), (.q4_K, 0.246, 36), (.q6_K, 0.0139, 52),
      ]
      return .init(
        name: ByteString("t\(index)"),
        choices: choices.map { .init(encoding: $0.0, bytes: size * $0.2, divergence: scale * $0.1) }
      )
    }
  }

  private static func best(_ candidates: [Allocation.Candidate], _ budget: UInt64) -> Double? {
    var best: Double?
    func visit(_ index: Int, _ bytes: UInt64, _ sum: Double) {
      guard bytes <= budget else { return }
      guard index < candidates.count else {
        best = min(best ?? .infinity, sum)
        return
      }
      for choice in candidates[index].choices {
        visit(index + 1, bytes + choice.bytes, sum + choice.divergence)
      }
    }
    visit(0, 0, 0)
    return best
  }

  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64], [0.45, 0.6, 0.75, 0.9])
  func choicesAreNearlyTheBest(_ seed: UInt64, _ share: Double) throws {
    let candidates = Self.sample(seed)
    let most = candidates.reduce(0) { $0 + ($1.choices.last?.bytes ?? 0) }
    let budget = UInt64(Double(most) * share)
    let chosen = try #require(Allocation(candidates).choose(within: budget))
    #expect(Allocation.bytes(chosen) <= budget)
    let sum = chosen.reduce(0) { $0 + $1.divergence }
    let best = try #require(Self.best(candidates, budget))
    #expect(sum <= 1.1 * best, "\(sum) against \(best)")
  }

  @Test func aBudgetBelowTheLeastIsNoChoice() {
    let candidates = Self.sample(1)
    let least = candidates.reduce(0) { $0 + ($1.choices.first?.bytes ?? 0) }
    #expect(Allocation(candidates).choose(within: least - 1) == nil)
    #expect(Allocation(candidates).choose(within: least) != nil)
  }

  @Test func theFrontierFalls() {
    let points = Allocation(Self.sample(2)).frontier(20)
    #expect(points.count > 10)
    for (before, after) in zip(points, points.dropFirst()) {
      #expect(before.bytes < after.bytes)
      #expect(before.divergence > after.divergence)
    }
  }

  @Test func budgetsAreRead() throws {
    guard case .bitsPerWeight(4.5) = try #require(ByteBudget("4.5bpw")) else {
      Issue.record("4.5bpw")
      return
    }
    guard case .bytes(let bytes) = try #require(ByteBudget("3.5GiB")) else {
      Issue.record("3.5GiB")
      return
    }
    #expect(bytes == 3_758_096_384)
    guard case .recipe(let recipe) = try #require(ByteBudget("as:q4_k_m")) else {
      Issue.record("as:q4_k_m")
      return
    }
    #expect(recipe.name == "Q4_K_M")
    for text in ["", "bpw", "-3bpw", "nanbpw", "as:", "as:Q9", "0GiB", "1e30GiB", "four"] {
      #expect(ByteBudget(text) == nil, "\(text)")
    }
  }
}
