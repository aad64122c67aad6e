import TestSupport
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

@testable import Weighbridge

/// What shows a kind of finding: a small model that is broken in one place, or files.
struct FindingFixture {
  /// What is validated.
  struct Subject {
    let path: String
    var source: String?
    var base: String?
  }

  let code: String
  let make: (TemporaryFolder) throws -> Subject

  /// Files that are written into a folder, or lie elsewhere.
  static func made(
    _ code: String, _ make: @escaping (TemporaryFolder) throws -> Subject
  ) -> FindingFixture {
    FindingFixture(code: code, make: make)
  }

  private init(code: String, make: @escaping (TemporaryFolder) throws -> Subject) {
    self.code = code
    self.make = make
  }

  /// The good model with a change.
  init(
    _ code: String, name: String = "model.gguf", byteOrder: ByteOrder = .little,
    _ change: @escaping (inout TinyModel) throws -> Void
  ) {
    self.init(code: code) { folder in
      var model = try TinyModel()
      try change(&model)
      return Subject(path: try folder.write(try model.bytes(byteOrder: byteOrder), to: name))
    }
  }

  /// The good model with a change, and the bytes of its file with another.
  init(
    _ code: String, file name: String, _ change: @escaping (inout TinyModel) throws -> Void,
    damage: @escaping (inout [UInt8]) -> Void
  ) {
    self.init(code: code) { folder in
      var model = try TinyModel()
      try change(&model)
      var bytes = try model.bytes()
      damage(&bytes)
      return Subject(path: try folder.write(bytes, to: name))
    }
  }

  /// A file of `Fixtures/`.
  init(_ code: String, fixture path: String) {
    self.init(code: code) { _ in Subject(path: SharedData.fixture(path)) }
  }
}

enum FindingFixtures {
  static var all: [FindingFixture] {
    broken + format + files + architecture + tokenizer + template + values + readers + comparison
  }

  static var format: [FindingFixture] {
    [
      FindingFixture("nested-array") {
        $0.metadata["x.y"] = .array(.arrays([.int32([1]), .int32([2])]))
      },
      FindingFixture("many-dimensions") { try $0.add("extra.weight", [1, 2, 2, 2, 2]) },
      FindingFixture("long-names") {
        try $0.add(ByteString(String(repeating: "n", count: 70)), [4])
      },
      FindingFixture("shard-name", name: "model-00001-of-00002.gguf") { _ in },
      FindingFixture("name-encoding", name: "model-Q8_0.gguf") { _ in },
      FindingFixture("no-tensors") { $0.tensors = [] },
      FindingFixture("name-convention", name: "model.gguf") { _ in },
    ]
  }

  static var architecture: [FindingFixture] {
    [
      FindingFixture("architecture-missing") { $0.metadata["general.architecture"] = nil },
      FindingFixture("architecture-unknown") {
        $0.metadata["general.architecture"] = .string("nobody")
      },
      FindingFixture("key-missing") { $0.metadata["llama.context_length"] = nil },
      FindingFixture("key-type") { $0.metadata["llama.context_length"] = .int64(128) },
      FindingFixture("key-range") { $0.metadata["llama.rope.dimension_count"] = .uint32(0) },
      FindingFixture("layer-count") { $0.metadata["llama.block_count"] = .uint32(8) },
      FindingFixture("tensor-missing") { $0.remove("blk.2.ffn_down.weight") },
      FindingFixture("tensor-uneven") {
        $0.metadata["general.architecture"] = .string("grok")
        $0.remove("blk.2.ffn_down.weight")
      },
      FindingFixture("tensor-unexpected") { try $0.add("blk.0.strange.weight", [32, 32]) },
      FindingFixture("tensor-shape") { $0.metadata["llama.embedding_length"] = .uint32(64) },
      FindingFixture("not-checked") { $0.metadata["general.architecture"] = .string("grok") },
      FindingFixture("file-type") { $0.metadata["general.file_type"] = .uint32(7) },
      FindingFixture("quantization-version") { try $0.addBlocks(.q8_0) },
    ]
  }

  static var tokenizer: [FindingFixture] {
    [
      FindingFixture("tokenizer-missing") { $0.metadata["tokenizer.ggml.model"] = nil },
      FindingFixture("tokenizer-unknown") {
        $0.metadata["tokenizer.ggml.model"] = .string("nobody")
      },
      FindingFixture("tokenizer-broken") {
        $0.metadata["tokenizer.ggml.model"] = .string("t5")
        $0.metadata["tokenizer.ggml.precompiled_charsmap"] = .array(.uint8([1, 2]))
      },
      FindingFixture("token-count") {
        var texts = $0.metadata["tokenizer.ggml.tokens"]?.array?.strings ?? []
        texts.append("more")
        $0.metadata["tokenizer.ggml.tokens"] = .array(.strings(texts))
      },
      FindingFixture("token-lists") {
        $0.metadata["tokenizer.ggml.token_type"] = .array(.int32([1, 1]))
      },
      FindingFixture("token-id-range") { $0.metadata["tokenizer.ggml.eos_token_id"] = .uint32(16) },
      FindingFixture("token-duplicate") {
        var texts = $0.metadata["tokenizer.ggml.tokens"]?.array?.strings ?? []
        texts[15] = "a"
        $0.metadata["tokenizer.ggml.tokens"] = .array(.strings(texts))
      },
      FindingFixture("pre-tokenizer-missing") { $0.metadata["tokenizer.ggml.pre"] = nil },
      FindingFixture("pre-tokenizer-unknown") {
        $0.metadata["tokenizer.ggml.pre"] = .string("nobody")
      },
      FindingFixture("merges-missing") { $0.metadata["tokenizer.ggml.merges"] = nil },
      FindingFixture("merge-unknown") {
        $0.metadata["tokenizer.ggml.merges"] = .array(.strings(["a b", "b c"]))
      },
      FindingFixture("end-token-missing") {
        $0.metadata["tokenizer.ggml.eos_token_id"] = nil
        let texts = (0..<16).map { ByteString("t\($0)") }
        $0.metadata["tokenizer.ggml.tokens"] = .array(.strings(texts))
      },
      FindingFixture("end-token-type") {
        $0.metadata["tokenizer.ggml.token_type"] = .array(.int32([Int32](repeating: 1, count: 16)))
      },
    ]
  }

  static var template: [FindingFixture] {
    let key: ByteString = "tokenizer.chat_template"
    return [
      FindingFixture("template-syntax") { $0.metadata[key] = .string("{% for %}") },
      FindingFixture("template-fails") { $0.metadata[key] = .string("{{ nothing.at.all() }}") },
      FindingFixture("template-end") {
        $0.metadata[key] = .string("{% for m in messages %}{{ m.content }}\n{% endfor %}")
      },
      FindingFixture("template-marker") {
        $0.metadata[key] = .string(
          "{% for m in messages %}<|turn|>{{ m.content }}<|im_end|>{% endfor %}")
      },
      FindingFixture("template-begin") {
        $0.metadata["tokenizer.ggml.bos_token_id"] = .uint32(1)
        $0.metadata["tokenizer.ggml.add_bos_token"] = .bool(true)
      },
    ]
  }

  static var values: [FindingFixture] {
    [
      FindingFixture("value-non-finite") {
        try $0.replace("blk.1.attn_q.weight") { $0 == 40 ? .nan : Float($0) }
      },
      FindingFixture("tensor-zero") { try $0.replace("blk.1.attn_q.weight") { _ in 0 } },
      FindingFixture("tensor-constant") { try $0.replace("blk.1.attn_q.weight") { _ in 0.5 } },
      FindingFixture("rows-zero") {
        try $0.replace("blk.1.attn_q.weight") { $0 < 32 ? 0 : Float($0 % 5) }
      },
      FindingFixture("rows-noise") {
        try $0.replace("blk.1.attn_q.weight") { Float($0 % 5 + 1) * ($0 < 32 ? 1e6 : 1) }
      },
      FindingFixture("tensor-duplicate") {
        try $0.replace("blk.1.attn_q.weight") { Float($0 % 11) }
        try $0.replace("blk.2.attn_q.weight") { Float($0 % 11) }
      },
      FindingFixture("scales-constant") {
        try $0.addBlocks(.q8_0) { bytes in
          for start in stride(from: 0, to: bytes.count, by: 34) {
            (bytes[start], bytes[start + 1]) = (0, 60)
          }
        }
      },
      FindingFixture("misencoded-blocks") { try $0.addBlocks(.iq3_S) },
      FindingFixture("importance-zero") {
        $0.metadata = Metadata()
        $0.metadata["general.type"] = .string("imatrix")
        $0.tensors = []
        try $0.add("blk.0.attn_q.weight.in_sum2", [1, 32]) { _ in 0 }
        try $0.add("blk.0.attn_q.weight.counts", [1, 1]) { _ in 8 }
      },
    ]
  }
}
