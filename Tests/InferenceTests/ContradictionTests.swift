import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeModelIR

@testable import WeighbridgeInference

/// Metadata that are of another model than the tensors: what llama.cpp refuses is refused, and keys that
/// nobody knows are said.
@Suite struct ContradictionTests {
  private static func model(_ change: (inout Metadata) -> Void) throws -> Model {
    var model = try CanonicalModel.make(
      Formats.open(path: SharedData.fixture("models/jargon-llama")))
    change(&model.metadata)
    return model
  }

  private static func tokens(_ count: Int) -> MetadataValue {
    .array(.strings((0..<count).map { "t\($0)" }))
  }

  private static let refused: [(key: ByteString, value: MetadataValue, code: ModelError.Code)] = [
    ("llama.block_count", .uint32(3), .invalidMetadata),
    ("llama.block_count", .uint32(5), .missingTensor),
    ("llama.block_count", .uint32(1 << 28), .invalidMetadata),
    ("llama.rope.dimension_count", .uint32(0), .invalidMetadata),
    ("llama.rope.dimension_count", .uint32(66), .invalidMetadata),
    ("llama.attention.head_count", .uint32(8), .shapeMismatch),
    ("llama.attention.head_count_kv", .uint32(4), .shapeMismatch),
    ("llama.embedding_length", .uint32(128), .shapeMismatch),
    ("tokenizer.ggml.tokens", tokens(1000), .shapeMismatch),
    ("tokenizer.ggml.tokens", tokens(1026), .shapeMismatch),
  ]

  @Test(arguments: refused.indices)
  func anotherModelsMetadataAreRefused(_ index: Int) throws {
    let (key, value, code) = Self.refused[index]
    let model = try Self.model { $0[key] = value }
    let error = #expect(throws: InferenceError.self) { try Decoder(model) }
    guard case .model(let reason)? = error else {
      Issue.record("\(key): \(String(describing: error))")
      return
    }
    #expect(reason.code == code, "\(key): \(reason.message)")
  }

  @Test func keysThatNobodyReadsAreSaid() throws {
    #expect(try Decoder(Self.model { _ in }).problems.isEmpty)
    let model = try Self.model {
      $0["llama.attention.of_another_kind"] = .float32(0.5)
      $0["llama.rope.scaling.of_another_kind"] = .float32(0.5)
      $0["general.something"] = .uint32(1)
      $0["llama.rope.scaling.finetuned"] = .bool(true)
    }
    let problems = try Decoder(model).problems
    #expect(problems.map(\.code) == ["unread-key"])
    let message = problems.first?.message ?? ""
    #expect(message.contains("'llama.attention.of_another_kind'"))
    #expect(message.contains("'llama.rope.scaling.of_another_kind'"))
    #expect(!message.contains("general.something") && !message.contains("finetuned"))
  }

  /// A scale that does not fit its weight, or cannot be read, is no scale that may be left out.
  @Test func scalesThatDoNotFitAreRefused() throws {
    let name = "blk.0.ffn_up.scale"
    var model = try Samples.llama()
    model.tensors.append(try Samples.tensor(name, shape: [1], [0.5]))
    let halved = try Decoder(model).logits(of: [1, 2], options: InferenceOptions(threads: 1))
    model.tensors.removeLast()
    let plain = try Decoder(model).logits(of: [1, 2], options: InferenceOptions(threads: 1))
    #expect(halved.values != plain.values)
    for shape in [[0], [2], [1, 2], [2, 1]] {
      var other = model
      let count = shape.reduce(1, *)
      other.tensors.append(
        try Samples.tensor(name, shape: shape, [Float](repeating: 1, count: count)))
      let error = #expect(throws: InferenceError.self) { try Decoder(other) }
      guard case .model(let reason)? = error else {
        Issue.record("\(shape): \(String(describing: error))")
        continue
      }
      #expect(reason.code == .shapeMismatch && reason.subject == name, "\(reason)")
    }
    // The bytes of this one end too early.
    let scale = try Samples.tensor(name, shape: [1], [1])
    model.tensors.append(Tensor(name: scale.name, payload: UnreadablePayload(layout: scale.layout)))
    let error = #expect(throws: InferenceError.self) { try Decoder(model) }
    guard case .format? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

/// A tensor whose bytes cannot be read.
private struct UnreadablePayload: TensorPayload {
  let layout: TensorLayout
  let step = PayloadStep.held

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    throw FormatError(.truncated, "the file ends here", in: "x")
  }
}
