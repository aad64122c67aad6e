import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeInference

/// The reverse walk against differences of losses that the forward walk gives.
struct FisherTests {
  /// −ln p of fixed labels as a function of the first hidden states.
  private struct Loss {
    let decoder: Decoder
    let windows: TokenWindows
    let options: InferenceOptions
    let walk: DecoderWalk
    var labels: [Int]
    let start: Matrix

    init(_ decoder: Decoder, _ tokens: [Int32]) throws {
      self.decoder = decoder
      windows = TokenWindows(window: tokens)
      options = InferenceOptions(threads: 2)
      let space = Workspace([decoder], windows: 1, length: tokens.count, options)
      walk = DecoderWalk(decoder, space, workers: 2)
      try walk.start(windows.windows)
      start = walk.hidden.copied
      labels = []
      let logits = try logits(start)
      labels = logits.drawLabels { FisherWalk.uniform(1, $0) }
    }

    private func logits(_ states: Matrix) throws -> Matrix {
      walk.resume(windows.windows, from: states)
      for layer in decoder.layers.indices { try walk.pass(layer) }
      let head = try #require(decoder.head)
      let logits = Matrix(rows: states.rows, columns: head.outputs)
      try walk.multiply(walk.finalStates(), [(head, logits)])
      decoder.description.head.finish(logits)
      return logits
    }

    func value(_ states: Matrix) throws -> Double {
      let logits = try logits(states)
      return (0..<logits.rows).reduce(0) { sum, row in
        let values = (0..<logits.columns).map { Double(logits[row, $0]) }
        let top = values.max() ?? 0
        let all = values.reduce(0) { $0 + exp($1 - top) }
        return sum + top + log(all) - values[labels[row]]
      }
    }
  }

  private func check(_ name: String, _ decoder: Decoder, _ tokens: [Int32]) throws {
    let loss = try Loss(decoder, tokens)
    let walk = FisherWalk(decoder, options: loss.options)
    let sums = FisherSums(decoder, loss.windows, collectsOutputs: false, loss.options)
    let gradient = try walk.pass(loss.windows.windows, loss.walk, sums, from: 0)
    var random = Random(state: 7)
    for _ in 0..<3 {
      let size =
        (loss.start.array.reduce(0) { $0 + Double($1 * $1) }
        / Double(loss.start.array.count)).squareRoot()
      let step = Float(3e-3 * size)
      let (up, down) = (loss.start.copied, loss.start.copied)
      var expected = 0.0
      for row in 0..<up.rows {
        for column in 0..<up.columns {
          let direction = step * random.next()
          up[row, column] += direction
          down[row, column] -= direction
          expected += Double(gradient[row, column]) * Double(up[row, column] - down[row, column])
        }
      }
      let found = try loss.value(up) - loss.value(down)
      let scale = (gradient.array.reduce(0) { $0 + Double($1 * $1) }).squareRoot() * Double(step)
      print("\(name): \(expected) expected, \(found) found, of \(scale)")
      #expect(abs(expected - found) < 0.02 * scale, "\(name)")
    }
  }

  @Test func gradientsOfALlamaAreDifferences() throws {
    let decoder = try Decoder(try Samples.llama())
    try check("llama", decoder, [3, 7, 1, 9, 22, 41, 5, 5, 0, 13])
  }

  private static let zoo = ZooTests.folders.filter { $0.hasPrefix("zoo/") }
    .map { String($0.dropFirst(4)) }

  @Test(.enabled(if: SharedData.isPresent), arguments: zoo)
  func gradientsAreDifferences(_ name: String) throws {
    let decoder: Decoder
    let tokens: [Int32]
    do { (decoder, tokens) = try ZooTests.decoder(name) } catch {
      print("SKIPPED: \(name): \(error)")
      return
    }
    if let obstacle = FisherWalk.obstacle(decoder) {
      print("SKIPPED: \(name): \(obstacle)")
      return
    }
    try check(name, decoder, tokens)
  }

  @Test func statisticsDoNotDependOnThreads() throws {
    let decoder = try Decoder(try Samples.llama())
    let windows = TokenWindows(
      windows: (0..<5).map { window in (0..<12).map { Int32((window * 17 + $0 * 5) % 50) } },
      scored: 6..<11)
    let results = try [1, 2, 5].map { threads in
      try FisherWalk(decoder, options: InferenceOptions(threads: threads)).run(on: windows)
    }
    for result in results.dropFirst() {
      #expect(result.scales == results[0].scales)
      #expect(result.embedding?.diagonal == results[0].embedding?.diagonal)
    }
  }
}
