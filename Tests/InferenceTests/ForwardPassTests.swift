import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeInference

/// The walk against the same mathematics written down once more, plainly and in double precision.
struct ForwardPassTests {
  private let tokens: [Int32] = (0..<150).map { (index: Int32) -> Int32 in
    (index * 31 + index * index * 7) % 50
  }

  @Test func theWalkComputesWhatThePlainLoopsCompute() throws {
    let sizes = Samples.Sizes()
    let model = try Samples.llama(sizes)
    let expected = try plainLogits(model, sizes, tokens)
    for threads in [1, 3] {
      let logits = try Decoder(model).logits(
        of: tokens, options: InferenceOptions(threads: threads))
      #expect(logits.rows == tokens.count)
      #expect(logits.columns == sizes.vocabulary)
      #expect(Samples.relativeError(logits.values, expected) < 2e-6)
    }
  }

  @Test func scoresAreThoseOfTheLogitsWhateverTheMemoryAndTheThreads() throws {
    let model = try Samples.llama()
    let other = try Samples.llama(seed: 2)
    let windows = try TokenWindows(tokens: tokens, context: 32, beginToken: 3)
    #expect(windows.windows.count == 4)
    #expect(windows.scored == 16..<31)
    let decoders = [try Decoder(model), try Decoder(other)]
    let plain = try windows.windows.map { window in
      try decoders.map { decoder in
        try decoder.logits(of: window, options: InferenceOptions(threads: 1))
      }
    }
    let whole = try WalkPlan(decoders, on: windows, options: InferenceOptions(threads: 2))
    #expect(whole.windowsPerBatch == 4 && whole.passes == 1)
    let one = UInt64(whole.totalBytes - 3 * whole.bytesPerWindow)
    for (threads, memory, batches) in [
      (2, one, 4), (2, one + UInt64(whole.bytesPerWindow), 2), (1, 1 << 30, 1),
    ] {
      var walk = try JointWalk(
        decoders, windows, InferenceOptions(threads: threads, memory: memory))
      #expect(walk.plan.passes == batches)
      try walk.run(windows, activity: "test")
      #expect(walk.scores[0].count == 4 * 15)
      var index = 0
      for (number, window) in windows.windows.enumerated() {
        for position in windows.scored {
          let p = logProbabilities(plain[number][0], position)
          let q = logProbabilities(plain[number][1], position)
          let target = Int(window[position + 1])
          #expect(abs(walk.scores[0][index].negativeLogLikelihood + p[target]) < 1e-5)
          #expect(abs(walk.scores[1][index].negativeLogLikelihood + q[target]) < 1e-5)
          #expect(walk.scores[0][index].best == p.firstIndex(of: p.max() ?? 0))
          let divergence = zip(p, q).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
          #expect(abs(walk.scores[1][index].divergence - divergence) < 1e-5)
          index += 1
        }
      }
    }
  }

  @Test func aModelComparedWithItselfDiffersInNothing() throws {
    let model = try Samples.llama()
    let decoder = try Decoder(model)
    let windows = try TokenWindows(tokens: tokens, context: 32)
    let results = try Comparison.measure(
      [decoder, try Decoder(Samples.llama(seed: 9))], against: decoder, on: windows,
      options: InferenceOptions(threads: 2))
    #expect(abs(results[0].divergence.value) < 1e-9)
    #expect(results[0].sameTop.value == 1)
    #expect(results[0].layers == [0, 0])
    #expect(results[0].perplexityRatio.value == 1)
    #expect(results[1].divergence.value > 0.1)
    #expect(results[1].layers.allSatisfy { $0 > 0.5 })
  }

  @Test func whatCannotBeRunIsRefused() throws {
    let model = try Samples.llama()
    let decoder = try Decoder(model)
    let options = InferenceOptions(threads: 1)
    expectModelError(.invalidRequest) { _ = try decoder.logits(of: [50], options: options) }
    expectModelError(.invalidRequest) { _ = try decoder.logits(of: [-1], options: options) }
    expectModelError(.invalidRequest) { _ = try decoder.logits(of: [], options: options) }
    var missing = model
    missing.tensors.removeAll { $0.name == "blk.1.ffn_up.weight" }
    expectModelError(.missingTensor) { _ = try Decoder(missing) }
    var wrong = model
    wrong.metadata["llama.attention.head_count"] = .uint32(5)
    expectModelError(.invalidMetadata) { _ = try Decoder(wrong) }
    wrong.metadata["llama.attention.head_count"] = .uint32(8)
    expectModelError(.shapeMismatch) { _ = try Decoder(wrong) }
    var foreign = model
    foreign.metadata["general.architecture"] = .string("whisper")
    expectModelError(.unsupportedArchitecture) { _ = try Decoder(foreign) }
    var larger = Samples.Sizes()
    larger.vocabulary = 60
    let other = try Decoder(Samples.llama(larger))
    let windows = try TokenWindows(tokens: tokens, context: 32)
    expectModelError(.invalidRequest) {
      let small = InferenceOptions(threads: 1, memory: 1 << 16)
      _ = try Perplexity.measure(decoder, on: windows, options: small)
    }
    var broken = model
    let index = try #require(broken.tensors.firstIndex { $0.name == "blk.1.ffn_up.weight" })
    let values = [Float](repeating: .nan, count: 40 * 24)
    broken.tensors[index] = try Samples.tensor("blk.1.ffn_up.weight", shape: [40, 24], values)
    expectModelError(.nonFiniteValue) {
      _ = try Perplexity.measure(Decoder(broken), on: windows, options: options)
    }
    expectModelError(.invalidRequest) {
      _ = try Comparison.measure([other], against: decoder, on: windows, options: options)
    }
  }

  private func expectModelError(_ code: ModelError.Code, _ body: () throws -> Void) {
    do {
      try body()
      Issue.record("nothing was refused")
    } catch InferenceError.model(let error) {
      #expect(error.code == code)
    } catch {
      Issue.record("\(error)")
    }
  }

  private func logProbabilities(_ logits: TokenMatrix, _ row: Int) -> [Double] {
    let values = logits.values[row * logits.columns..<(row + 1) * logits.columns]
      .map { Double($0) }
    let top = values.max() ?? 0
    let sum = values.reduce(0) { $0 + exp($1 - top) }
    return values.map { $0 - top - log(sum) }
  }

  // MARK: The plain loops

  private func plainLogits(
    _ model: Model, _ sizes: Samples.Sizes, _ tokens: [Int32]
  ) throws -> [Double] {
    let width = sizes.width
    let embedding = try Samples.values(model, "token_embd.weight")
    var states = tokens.map { Array(embedding[Int($0) * width..<(Int($0) + 1) * width]) }
    for layer in 0..<sizes.layers {
      let prefix = "blk.\(layer)."
      func weights(_ name: String) throws -> [Double] {
        try Samples.values(model, prefix + name + ".weight")
      }
      let normed = try states.map { normalize($0, try weights("attn_norm")) }
      let mixed = try plainAttention(normed, sizes, weights)
      for index in states.indices {
        let output = multiply(try weights("attn_output"), mixed[index])
        for column in 0..<width { states[index][column] += output[column] }
        let input = normalize(states[index], try weights("ffn_norm"))
        let gate = multiply(try weights("ffn_gate"), input)
        let up = multiply(try weights("ffn_up"), input)
        let inner = zip(gate, up).map { $0 / (1 + exp(-$0)) * $1 }
        let down = multiply(try weights("ffn_down"), inner)
        for column in 0..<width { states[index][column] += down[column] }
      }
    }
    let norm = try Samples.values(model, "output_norm.weight")
    let head = try Samples.values(model, "output.weight")
    return states.flatMap { multiply(head, normalize($0, norm)) }
  }

  private func plainAttention(
    _ inputs: [[Double]], _ sizes: Samples.Sizes, _ weights: (String) throws -> [Double]
  ) throws -> [[Double]] {
    let width = sizes.headWidth
    let (query, key, value) = (
      try weights("attn_q"), try weights("attn_k"), try weights("attn_v")
    )
    let queries = inputs.enumerated().map { rotate(multiply(query, $1), width, $0) }
    let keys = inputs.enumerated().map { rotate(multiply(key, $1), width, $0) }
    let values = inputs.map { multiply(value, $0) }
    return inputs.indices.map { position in
      (0..<sizes.heads).flatMap { head in
        let group = head / (sizes.heads / sizes.groups)
        let scores = (0...position).map { other in
          (0..<width).reduce(0.0) {
            $0 + queries[position][head * width + $1] * keys[other][group * width + $1]
          } / Double(width).squareRoot()
        }
        let exponentials = scores.map { exp($0) }
        let sum = exponentials.reduce(0, +)
        return (0..<width).map { column in
          (0...position).reduce(0.0) {
            $0 + exponentials[$1] / sum * values[$1][group * width + column]
          }
        }
      }
    }
  }

  private func rotate(_ vector: [Double], _ width: Int, _ position: Int) -> [Double] {
    var result = vector
    for start in stride(from: 0, to: vector.count, by: width) {
      for pair in 0..<width / 2 {
        let angle = Double(position) * pow(500, -2 * Double(pair) / Double(width))
        let (x, y) = (vector[start + 2 * pair], vector[start + 2 * pair + 1])
        result[start + 2 * pair] = x * cos(angle) - y * sin(angle)
        result[start + 2 * pair + 1] = x * sin(angle) + y * cos(angle)
      }
    }
    return result
  }

  private func normalize(_ vector: [Double], _ weight: [Double]) -> [Double] {
    let mean = vector.reduce(0) { $0 + $1 * $1 } / Double(vector.count)
    let scale = 1 / (mean + Double(Float(1e-5))).squareRoot()
    return zip(vector, weight).map { $0 * scale * $1 }
  }

  private func multiply(_ matrix: [Double], _ vector: [Double]) -> [Double] {
    (0..<matrix.count / vector.count).map { row in
      vector.indices.reduce(0.0) { $0 + matrix[row * vector.count + $1] * vector[$1] }
    }
  }
}
