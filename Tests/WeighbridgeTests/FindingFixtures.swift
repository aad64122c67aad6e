import TestSupport
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

@testable import Weighbridge

/// A model for each kind of finding, made of the good one.
struct FindingFixture {
  let code: String
  var name = "model.gguf"
  var byteOrder = ByteOrder.little
  let change: (inout TinyModel) throws -> Void

  init(
    _ code: String, name: String = "model.gguf", byteOrder: ByteOrder = .little,
    _ change: @escaping (inout TinyModel) throws -> Void
  ) {
    self.code = code
    self.name = name
    self.byteOrder = byteOrder
    self.change = change
  }
}

enum FindingFixtures {
  /// Kinds that a single small GGUF cannot show: their fixtures are checkpoints, split models and files of
  /// other tests (`everyOtherKindIsFound`).
  static let elsewhere = [
    "odd-truth-value", "unknown-encoding", "trailing-bytes", "missing-padding", "shard-metadata",
    "leading-space", "total-size", "index-mismatch", "no-index", "single-shard", "reader-note",
    "configuration", "checkpoint-refused", "not-supported", "misencoded-blocks", "scales-constant",
    "ollama-split", "vllm-split", "version-1", "differs-key", "differs-tokenizer",
    "differs-template", "differs-tensors", "differs-values", "differs-adapter-scale",
    "name-convention", "quantization-version", "vllm-encoding", "importance-zero",
  ]

  static var all: [FindingFixture] { format + architecture + tokenizer + template + values }

  private static var format: [FindingFixture] {
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
      FindingFixture("big-endian", byteOrder: .big) { _ in },
      FindingFixture("vllm-architecture") { $0.metadata["general.architecture"] = .string("grok") },
    ]
  }

  private static var architecture: [FindingFixture] {
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
    ]
  }

  private static var tokenizer: [FindingFixture] {
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

  private static var template: [FindingFixture] {
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

  private static var values: [FindingFixture] {
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
    ]
  }
}
