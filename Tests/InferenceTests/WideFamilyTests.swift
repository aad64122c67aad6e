import CWeighbridgeKernels
import Foundation
import TestSupport
import Testing
import WeighbridgeModelIR

@testable import WeighbridgeInference

/// Parts of the families with several streams, shared keys and two texts, against plain computations.
struct WideFamilyTests {
  /// Buckets as mesh-tensorflow's formula gives them, in double precision.
  @Test func bucketsGrowWithTheDistance() {
    for (count, distance, isCausal) in [(32, 128, true), (32, 128, false), (16, 40, true)] {
      let buckets = RelativeBuckets(count: count, distance: distance)
      let half = isCausal ? count : count / 2
      for offset in -200...200 {
        let away = isCausal ? max(0, -offset) : abs(offset)
        var expected = isCausal || offset <= 0 ? 0 : half
        let exact = half / 2
        if away < exact {
          expected += away
        } else {
          let place =
            log(Double(away) / Double(exact)) / log(Double(distance) / Double(exact))
            * Double(half - exact)
          // Where a distance is a border, double and single precision may part.
          guard abs(place - place.rounded()) > 1e-5 || away == exact else { continue }
          expected += min(exact + Int(place), half - 1)
        }
        #expect(buckets.bucket(offset, isCausal: isCausal) == expected, "\(offset)")
      }
    }
  }

  /// What lies above a quantile is what a plain loop leaves, in both versions of the kernel's widths.
  @Test func gatesAreCutAboveTheirQuantile() {
    var random = SystemRandomNumberGenerator()
    for count in [1, 7, 8, 33, 100] {
      let values = (0..<count).map { _ in Float.random(in: -3...3, using: &random) }
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(count)
      let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      let cut = Float(mean + 0.5 * (variance / Double(count)).squareRoot())
      let row = Matrix(values)
      row.cut(deviations: 0.5)
      for (found, value) in zip(row.array, values) {
        #expect(abs(found - max(0, value - cut)) < 1e-6)
      }
    }
  }

  /// A model that reads one text and writes another has no perplexity of one text.
  @Test(.enabled(if: SharedData.isPresent))
  func oneTextIsNotEnoughForTwo() throws {
    let (decoder, tokens) = try ZooTests.decoder("t5", of: "zoo2")
    let options = InferenceOptions(threads: 1)
    #expect(throws: InferenceError.self) { try decoder.requireOneText(for: "perplexity") }
    let first = try decoder.logits(of: tokens, options: options)
    #expect(first.rows == 1)
    let written = try decoder.logits(of: tokens, written: [0, 8, 28], options: options)
    #expect(written.rows == 3)
    // The first token does not see those after it.
    #expect(Array(written.values.prefix(first.columns)) == first.values)
    let (plain, others) = try ZooTests.decoder("llama")
    #expect(throws: InferenceError.self) {
      _ = try plain.logits(of: others, written: [0], options: options)
    }
  }

  /// Layers that share keys give the same logits, whichever tokens go on in the last one.
  @Test(.enabled(if: SharedData.isPresent), arguments: ["gemma4", "gemma3n"])
  func scoredTokensAloneGiveTheSame(_ name: String) throws {
    let (decoder, tokens) = try ZooTests.decoder(name, of: "zoo2")
    let options = InferenceOptions(threads: 2)
    let all = try decoder.logits(of: tokens, options: options)
    let space = Workspace([decoder], windows: 1, length: tokens.count, options)
    let walk = DecoderWalk(decoder, space, workers: 2)
    try walk.start([tokens])
    let rows = [3, 17, tokens.count - 1]
    for layer in decoder.layers.indices {
      try walk.pass(layer, keeping: layer == decoder.layers.count - 1 ? rows : nil)
    }
    let states = try walk.finalStates()
    let head = try #require(decoder.head)
    let logits = Matrix(rows: rows.count, columns: head.outputs)
    try walk.multiply(states, [(weights: head, output: logits)])
    decoder.description.head.finish(logits)
    for (index, row) in rows.enumerated() {
      let expected = all.values[row * all.columns..<(row + 1) * all.columns]
      let found = logits.rows(index..<index + 1).array
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 }, "\(row)")
    }
  }
}
