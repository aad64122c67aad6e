import TestSupport
import Testing
import WeighbridgeArchitectures
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeYAML

/// Architectures that only a user's map knows.
@Suite struct NameMapTests {
  /// The tiny Llama under names of its own, with a configuration in other words.
  private static func strange() throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for name in ["tokenizer.model", "tokenizer_config.json"] {
      files[name] = try TestFiles.bytes(SharedData.fixture("models/jargon-llama/" + name))
    }
    let bytes = try TestFiles.bytes(SharedData.fixture("checkpoints/types/model.safetensors"))
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
    for (old, new) in [
      ("model.embed_tokens", "embed"), ("model.norm", "final"), ("model.layers.", "blocks."),
      ("self_attn.q_proj", "q"), ("self_attn.k_proj", "k"), ("mlp.gate_proj", "ff.gate"),
    ] { header = header.replacing(old, with: new) }
    let count = header.utf8.count
    files["model.safetensors"] =
      (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) } + Array(header.utf8)
      + bytes[(8 + length)...]
    files["config.json"] = Array(
      """
      {"architectures": ["StrangeForCausalLM"], "model": {"width": 32, "depth": 1}, "heads": 4,
       "groups": 2, "inner": 48, "eps": 1e-05, "window": 4096, "vocab_size": 1024, "theta": 10000,
       "mystery_gate": 3, "attention_dropout": 0.0}
      """.utf8)
    return files
  }

  private static let map = """
    like: llama
    configuration:
      hidden_size: model.width
      num_hidden_layers: model.depth
      num_attention_heads: heads
      num_key_value_heads: {value: 2}
      intermediate_size: inner
    keys:
      context_length: [nothing, window]
      attention.layer_norm_rms_epsilon: eps
      rope.freq_base: {from: theta}
      rope.dimension_count: null
      general.description: {value: "A test"}
      expert_weights_scale: {value: 2}
    tensors:
      embed.weight: token_embd.weight
      final.weight: output_norm.weight
      blocks.{n}.q.weight: {to: "blk.{n}.attn_q.weight", do: permute query}
      blocks.{n}.k.weight: {to: "blk.{n}.attn_k.weight", do: [permute key]}
      blocks.{n}.self_attn.v_proj.weight: blk.{n}.attn_v.weight
      blocks.{n}.self_attn.o_proj.weight: ["blk.{n}.attn_output.weight"]
      blocks.{n}.ff.gate.{s}: blk.{n}.ffn_gate.{s}
      blocks.{n}.mlp.up_proj.weight: blk.{n}.ffn_up.weight
      blocks.{n}.mlp.down_proj.weight: blk.{n}.ffn_down.weight
      blocks.{n}.input_layernorm.weight: blk.{n}.attn_norm.weight
      blocks.{n}.post_attention_layernorm.weight: blk.{n}.ffn_norm.weight
    """

  private static func plan(
    _ files: [String: [UInt8]], _ map: String?
  ) throws -> ConversionPlan {
    var options = ConversionOptions(recipe: .f16)
    options.canonical.map = try map.map { try NameMap(YAMLDocument.parse($0, in: "m"), in: "m") }
    return try Converter.plan(Formats.open(folder: MemoryTree(files, name: "/x/tiny")), options)
  }

  @Test func aMapDescribesANewArchitecture() throws {
    let plan = try Self.plan(Self.strange(), Self.map)
    let golden = try JSONValue.read(
      FileSource(path: SharedData.fixture("checkpoints/expected.json")))
    let expected = try #require(golden["types"]?["f16"]?.object)
    #expect(Set(plan.model.tensors.map(\.name)) == Set(expected.members.map(\.key)))
    for tensor in plan.model.tensors {
      #expect(try Golden.digest(tensor) == expected[tensor.name]?["sha256"]?.text, "\(tensor.name)")
    }
    let metadata = plan.model.metadata
    let keys: [(ByteString, MetadataValue?)] = [
      ("general.architecture", .string("llama")), ("llama.context_length", .uint32(4096)),
      ("llama.embedding_length", .uint32(32)), ("llama.block_count", .uint32(1)),
      ("llama.attention.head_count", .uint32(4)), ("llama.attention.head_count_kv", .uint32(2)),
      ("llama.attention.layer_norm_rms_epsilon", .float32(1e-5)),
      ("llama.rope.freq_base", .float32(10_000)), ("llama.rope.dimension_count", nil),
      ("llama.feed_forward_length", .uint32(48)), ("general.description", .string("A test")),
      ("llama.expert_weights_scale", .float32(2)), ("tokenizer.ggml.model", .string("llama")),
    ]
    for (key, value) in keys { #expect(metadata[key] == value, "\(key)") }
  }

  @Test func withoutAMapTheErrorSaysWhatIsNotUnderstood() throws {
    let error = #expect(throws: ConversionError.self) { try Self.plan(Self.strange(), nil) }
    let text = error?.description ?? ""
    for word in [
      "StrangeForCausalLM", "no family", "'blocks.{n}.", "'mystery_gate'", "'heads'", "and 8 more",
    ] { #expect(text.contains(word), "\(word) in \(text)") }
    #expect(!text.contains("attention_dropout") && text.utf8.count < 1000)
    #expect(error?.hint?.contains("--map") == true)
  }

  @Test func theNearestFamilyIsNamed() throws {
    var files = try Self.strange()
    let folder = "checkpoints/types/"
    files["model.safetensors"] = try TestFiles.bytes(
      SharedData.fixture(folder + "model.safetensors"))
    let configuration = try TestFiles.text(SharedData.fixture(folder + "config.json"))
    files["config.json"] = Array(
      configuration.replacing("LlamaForCausalLM", with: "StrangeForCausalLM").utf8)
    let error = #expect(throws: ConversionError.self) { try Self.plan(files, nil) }
    #expect(error?.description.contains("all 11 tensors have the names and shapes of") == true)
    // The hint is all that it takes.
    #expect(try Self.plan(files, "like: llama").model.tensors.count == 11)
  }

  @Test func tensorsThatAMapForgetsAreNamed() throws {
    let short = Self.map.split(separator: "\n").dropLast(2).joined(separator: "\n")
    let error = #expect(throws: ConversionError.self) { try Self.plan(Self.strange(), short) }
    #expect(error?.description.contains("'blocks.{n}.input_layernorm.weight'") == true)
    #expect(error?.hint?.contains("--map") == true)
  }

  @Test(arguments: [
    "tensor: {}", "like: nonsense", "tensors: [a]", "tensors: {a: 1}",
    "tensors: {a: {to: b, x: 1}}",
    "tensors: {a: {to: b, do: [fold]}}", "tensors: {a: {to: b, do: [part 3/3]}}",
    "tensors: {a: {to: b, do: [part 1/0]}}", "keys: {a: {type: f32}}", "keys: {a: 1}",
    "keys: {a: {from: b, type: f99}}", "keys: {a: {value: 1.5, type: u32}}", "keys: {a: [1, 2]}",
    "configuration: {a: 1}", "configuration: {a: {value: 1, more: 2}}", "vocabulary: words", "- a",
  ])
  func mistakesAreNamed(_ map: String) throws {
    let error = #expect(throws: (any Error).self) { try Self.plan(Self.strange(), map) }
    #expect(error.map { "\($0)".hasPrefix("m: ") } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func aMapIsForCheckpoints() throws {
    var options = ConversionOptions(recipe: .q8_0)
    options.canonical.map = try NameMap(YAMLDocument.parse("like: llama", in: "m"), in: "m")
    #expect(throws: ConversionError.self) { try Converter.plan(Golden.half(), options) }
  }
}
