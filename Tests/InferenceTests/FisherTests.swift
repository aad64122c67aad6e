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

  /// The mean divergence of one model from another, in double.
  private static func divergence(
    _ model: Model, from reference: TokenMatrix, on tokens: [Int32]
  ) throws -> Double {
    func logarithms(_ matrix: TokenMatrix, _ row: Int) -> [Double] {
      let values = matrix.values[row * matrix.columns..<(row + 1) * matrix.columns].map(Double.init)
      let top = values.max() ?? 0
      let all = top + log(values.reduce(0) { $0 + exp($1 - top) })
      return values.map { $0 - all }
    }
    let own = try Decoder(model).logits(of: tokens, options: InferenceOptions(threads: 1))
    var sum = 0.0
    for row in 0..<own.rows {
      for (p, q) in zip(logarithms(reference, row), logarithms(own, row)) {
        sum += exp(p) * (p - q)
      }
    }
    return sum / Double(own.rows)
  }

  private static func scaled(
    _ model: Model, _ name: ByteString, _ factor: (Int) -> Float
  ) throws -> Model {
    var model = model
    let place = try #require(model.tensors.firstIndex { $0.name == name })
    let payload = model.tensors[place].payload
    let rows = try #require(FloatRows(payload))
    let values = try rows.read(rows: 0..<payload.layout.rowCount).enumerated().map {
      $1 * factor($0)
    }
    let flat = try #require(MemoryPayload(values))
    model.tensors[place].payload = try #require(
      ReshapedPayload(flat, payload.layout.shape.dimensions))
    return model
  }

  /// Along the logarithms of weights, which scales and norms move along.
  @Test(arguments: [
    "token_embd.weight", "blk.0.attn_norm.weight", "blk.0.attn_v.weight", "blk.0.ffn_up.weight",
    "blk.1.attn_q.weight", "blk.1.ffn_norm.weight", "blk.1.ffn_down.weight", "output_norm.weight",
    "output.weight",
  ])
  func gradientsOfTheDivergenceAreDifferences(_ text: String) throws {
    let name = ByteString(text)
    let tokens: [Int32] = [3, 7, 1, 9, 22, 41, 5, 5, 0, 13]
    let reference = try Samples.llama()
    let expected = try Decoder(reference).logits(of: tokens, options: InferenceOptions(threads: 1))
    var random = Random(state: 5)
    let noise = (0..<4096).map { _ in random.next() }
    let moved = try Self.scaled(reference, name) { 1 + 0.2 * noise[$0 % 4096] }
    let walk = DivergenceWalk(
      try Decoder(reference), windows: 1, length: tokens.count,
      options: InferenceOptions(threads: 2))
    let place = try #require(moved.tensors.firstIndex { $0.name == name })
    let rows = try #require(FloatRows(moved.tensors[place].payload))
    let weights = try rows.read(rows: 0..<moved.tensors[place].layout.rowCount)
    var found = 0.0
    try walk.run(try Decoder(moved), on: [tokens]) { key, gradient in
      guard key.tensor == name else { return }
      for row in 0..<gradient.rows {
        for column in 0..<gradient.columns {
          let index = row * gradient.columns + column
          let weight = gradient.rows == 1 ? 1 : weights[index]
          found += Double(gradient.values[row, column] * weight * noise[index % 4096])
        }
      }
    }
    let step: Float = 4e-3
    let values = try [step, -step].map { step in
      try Self.divergence(
        Self.scaled(moved, name) { 1 + step * noise[$0 % 4096] }, from: expected, on: tokens)
    }
    let difference = (values[0] - values[1]) / Double(2 * step)
    #expect(difference != 0)
    #expect(
      abs(found - difference) < 0.02 * abs(difference) + 2e-5, "\(found) and \(difference)")
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
