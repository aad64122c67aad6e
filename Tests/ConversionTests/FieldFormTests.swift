import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Forms in which checkpoints come from the field that are no other models, and what is said of those
/// that cannot be read.
@Suite struct FieldFormTests {
  private static func sameTensors(_ model: Model) throws -> Bool {
    let plain = try CanonicalModel.make(ChangedCheckpoint.open())
    let other = try CanonicalModel.make(model)
    return try plain.tensors.map(\.name) == other.tensors.map(\.name)
      && zip(plain.tensors, other.tensors).allSatisfy {
        try Golden.digest($0) == Golden.digest($1)
      }
  }

  /// transformers fills in `max_position_embeddings`, which is 512 here.
  @Test(arguments: ["rope_scaling", "rope_parameters"])
  func yarnWithoutATrainedLengthTakesTheLongest(_ key: ByteString) throws {
    let scaling: JSONValue =
      key == "rope_scaling"
      ? ["type": "yarn", "factor": 4.0]
      : ["rope_type": "yarn", "factor": 4.0, "rope_theta": 10000.0]
    let model = try CanonicalModel.make(
      ChangedCheckpoint.open([("rope_parameters", nil), (key, scaling)]))
    #expect(model.metadata["llama.rope.scaling.original_context_length"]?.integer == 512)
    #expect(model.metadata["llama.rope.scaling.type"]?.string == "yarn")
  }

  @Test func anEmptyOrDenseSchemeIsNone() throws {
    #expect(try Self.sameTensors(ChangedCheckpoint.open([("quantization_config", [:])])))
    let dense: JSONValue = [
      "quant_method": "compressed-tensors", "format": "dense", "config_groups": [:],
    ]
    for key: ByteString in ["quantization_config", "compression_config"] {
      #expect(try Self.sameTensors(ChangedCheckpoint.open([(key, dense)])))
    }
  }

  @Test(arguments: ["_orig_mod.", "module.", "base_model.model."])
  func aWrapperBeforeEveryNameIsNamed(_ prefix: String) throws {
    let model = try ChangedCheckpoint.open { tensors in
      for index in tensors.indices {
        tensors[index].name = ByteString(prefix + tensors[index].name.text)
      }
    }
    let error = #expect(throws: ConversionError.self) { try CanonicalModel.make(model) }
    guard case .model(let reason)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(reason.hint?.contains("'\(prefix)'") == true, "\(reason.message)")
  }
}

/// Adapters that change more than matrices: embeddings, heads, biases and whole modules.
@Suite struct AdapterMergeTests {
  private static func matrix(_ name: ByteString, _ rows: Int, _ columns: Int) throws -> Tensor {
    let layout = try #require(TensorShape([rows, columns]).flatMap { TensorLayout($0, .f32) })
    let values = (0..<rows * columns).map { Float(($0 * 37) % 19) / 64 - 0.125 }
    let bytes = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    return try Tensor(name: name, payload: #require(MemoryPayload(layout, bytes)))
  }

  private static func adapter(
    _ settings: [(ByteString, JSONValue)], _ tensors: [Tensor]
  ) throws -> LoRAAdapter {
    var object = JSONObject()
    for (key, value) in [("peft_type", "LORA"), ("r", 2), ("lora_alpha", 4)] + settings {
      object[key] = value
    }
    let files = ["adapter_config.json": Array(JSONValue.object(object).text().utf8)]
    return try LoRAAdapter(
      Model(
        origin: ModelOrigin(format: "safetensors", kind: .adapter), tensors: tensors,
        companions: MemoryTree(files, name: "adapter")))
  }

  private static func rows(_ model: Model, _ name: ByteString) throws -> [Float] {
    let tensor = try #require(model.tensors.first { $0.name == name })
    return try #require(FloatRows(tensor.payload)).read(rows: 0..<3)
  }

  private static let stem = "base_model.model.model.embed_tokens"

  /// B A of embeddings is turned over: their rows are inputs.
  private static func onEmbeddings() throws -> LoRAAdapter {
    try adapter(
      [("target_modules", ["embed_tokens"])],
      [
        matrix(ByteString(stem + ".lora_embedding_A"), 2, 1024),
        matrix(ByteString(stem + ".lora_embedding_B"), 256, 2),
      ])
  }

  @Test func embeddingsOfAnUntiedCheckpointAreChangedAlone() throws {
    let base = try ChangedCheckpoint.open([("tie_word_embeddings", false)])
    try #require(base.tensors.contains { $0.name == "lm_head.weight" })
    let merged = try AdapterMerge.apply(Self.onEmbeddings(), to: base)
    let a = try #require(FloatRows(Self.matrix("a", 2, 1024).payload)).read(rows: 0..<2)
    let b = try #require(FloatRows(Self.matrix("b", 256, 2).payload)).read(rows: 0..<256)
    let before = try Self.rows(base, "model.embed_tokens.weight")
    let after = try Self.rows(merged, "model.embed_tokens.weight")
    for index in after.indices {
      let (token, column) = (index / 256, index % 256)
      let first: Float = b[column * 2] * a[token]
      let second: Float = b[column * 2 + 1] * a[1024 + token]
      let change: Float = after[index] - before[index]
      #expect(abs(change - 2 * (first + second)) < 1e-5)
    }
    #expect(try Self.rows(base, "lm_head.weight") == Self.rows(merged, "lm_head.weight"))
  }

  @Test func embeddingsThatAreTheHeadAreRefusedWithAWayOn() throws {
    let base = try ChangedCheckpoint.open([("tie_word_embeddings", true)]) { tensors in
      tensors.removeAll { $0.name == "lm_head.weight" }
    }
    let error = #expect(throws: ModelError.self) {
      try AdapterMerge.apply(Self.onEmbeddings(), to: base)
    }
    #expect(error?.hint?.contains("untie") == true)
  }

  /// `modules_to_save` has whole tensors, under their names with or without the wrapper's.
  @Test(arguments: ["lm_head.weight", "lm_head.modules_to_save.default.weight"])
  func modulesThatAreSavedReplaceTheirs(_ name: String) throws {
    let base = try ChangedCheckpoint.open()
    let saved = try Self.matrix(ByteString("base_model.model." + name), 1024, 256)
    let adapter = try Self.adapter(
      [("target_modules", ["q_proj"]), ("modules_to_save", ["lm_head"])], [saved])
    let merged = try AdapterMerge.apply(adapter, to: base)
    let expected = try #require(FloatRows(saved.payload)).read(rows: 0..<3)
    #expect(try Self.rows(merged, "lm_head.weight") == expected)
  }

  @Test func aBiasThatTheCheckpointDoesNotHaveIsRefused() throws {
    let base = try ChangedCheckpoint.open()
    let bias = try Self.matrix("base_model.model.model.layers.0.self_attn.q_proj.bias", 1, 256)
    let adapter = try Self.adapter([("bias", "all"), ("target_modules", ["q_proj"])], [bias])
    let error = #expect(throws: ModelError.self) { try AdapterMerge.apply(adapter, to: base) }
    #expect(error?.message.isEmpty == false)
  }
}
