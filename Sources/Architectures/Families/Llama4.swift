internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Llama 4, its text model: layers that see stretches of the text and rotate, in turn with layers that
  /// see all of it and do not; experts that read what their weight leaves of their input.
  package static let llama4 = Architecture(
    name: "llama4", configurationNames: ["Llama4ForCausalLM", "Llama4ForConditionalGeneration"],
    computations: [.llama4],
    defaults: [
      ConfigurationDefault("num_attention_heads", 40),
      ConfigurationDefault("num_key_value_heads", 8), ConfigurationDefault("head_dim", 128),
      ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 131_072), .ropeBase(500_000),
      ConfigurationDefault("intermediate_size", 8192),
      ConfigurationDefault("intermediate_size_mlp", 16_384),
      ConfigurationDefault("num_experts_per_tok", 1), ConfigurationDefault("num_local_experts", 16),
      ConfigurationDefault("interleave_moe_layer_step", 1),
      ConfigurationDefault("vocab_size", 202_048),
    ],
    hyperparameters: HyperparameterRule.common.replacing(
      .count("{arch}.feed_forward_length", "intermediate_size_mlp")) + [
        .vocabularySize, .ropeWidth,
        .count("{arch}.interleave_moe_layer_step", "interleave_moe_layer_step"),
        .count("{arch}.expert_feed_forward_length", "intermediate_size"),
        .count("{arch}.attention.sliding_window") { (configuration) throws(ModelError) in
          // Zero says that no layer has stretches.
          for layer in 0..<(try configuration.layerCount())
          where try configuration.isChunked(layer) { return nil }
          return 0
        },
      ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + llama4Networks,
    generated: [.ropeFrequencies], export: .llama4, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.windowed = .allBut(every: 4)
      $0.windowKind = .chunked
      $0.windowOtherwise = 8192
      $0.skipsRotaryEvery = 4
      // The largest of the family does without (src/models/llama4.cpp, `use_kq_norm`).
      $0.hasPlainHeadNorms = { facts in facts.float("expert_count") != 128 }
      $0.plainTemperature = { facts in
        facts.has(key: "attention.sliding_window")
          ? nil : QueryTemperature(scale: 0.1, offset: 1, length: 8192)
      }
      $0.routing = .sigmoid
      $0.normalizesExperts = false
      $0.weighsExpertInputs = true
    })

  private static let llama4Networks: [TensorRule] = [
    .layer("feed_forward.gate_proj.{s}", "ffn_gate.{s}"),
    .layer("feed_forward.up_proj.{s}", "ffn_up.{s}"),
    .layer("feed_forward.down_proj.{s}", "ffn_down.{s}"),
    .layer("feed_forward.router.weight", "ffn_gate_inp.weight"),
    .layer("feed_forward.shared_expert.gate_proj.weight", "ffn_gate_shexp.weight"),
    .layer("feed_forward.shared_expert.up_proj.weight", "ffn_up_shexp.weight"),
    .layer("feed_forward.shared_expert.down_proj.weight", "ffn_down_shexp.weight"),
    .layer("feed_forward.experts.down_proj", "ffn_down_exps.weight", .transpose),
    TensorRule(
      "model.layers.{n}.feed_forward.experts.gate_up_proj",
      outputs: [
        .init("blk.{n}.ffn_gate_exps.weight", [.transpose, .part(0, of: 2)]),
        .init("blk.{n}.ffn_up_exps.weight", [.transpose, .part(1, of: 2)]),
      ]),
  ]
}

extension Configuration {
  /// Whether a layer of Llama 4 or SmolLM 3 rotates: all but every fourth, where there is no list.
  ///
  /// An empty list is none to Llama 4, and one that says nothing of any layer to SmolLM 3.
  func turns(_ layer: Int, anEmptyListCounts: Bool) throws(ModelError) -> Bool {
    if let list = self["no_rope_layers"]?.array, anEmptyListCounts || !list.isEmpty {
      guard list.indices.contains(layer) else {
        throw ModelError(
          .invalidMetadata, "config.json", "'no_rope_layers' says nothing of layer \(layer)")
      }
      return list[layer].bool ?? (list[layer].integer != 0)
    }
    let interval = try optionalCount("no_rope_layer_interval") ?? 4
    guard interval > 0 else {
      throw ModelError(.invalidMetadata, "config.json", "'no_rope_layer_interval' is zero")
    }
    return (layer + 1) % interval != 0
  }

  /// Tokens of a stretch; nil for none.
  func chunkSize() throws(ModelError) -> Int? {
    guard has("attention_chunk_size") else { return 8192 }
    return try optionalCount("attention_chunk_size").flatMap { $0 > 0 ? $0 : nil }
  }

  /// Whether a layer of Llama 4 sees its own stretch alone.
  func isChunked(_ layer: Int) throws(ModelError) -> Bool {
    guard self["layer_types"]?.array != nil else {
      guard try turns(layer, anEmptyListCounts: false) else { return false }
      return try chunkSize() != nil
    }
    switch layerType(layer) {
    case "chunked_attention"?: return try chunkSize() != nil
    case "full_attention"?: return false
    case let type:
      throw ModelError(
        .invalidMetadata, "config.json",
        "'layer_types' says '\(type?.text ?? "nothing")' of layer \(layer): 'full_attention' or "
          + "'chunked_attention' is expected")
    }
  }
}

extension ConfigurationExport {
  /// What readers of GGUF take for given is written out.
  static let llama4 = ConfigurationExport(
    "llama4_text", "Llama4ForCausalLM", keys: ["intermediate_size_mlp"],
    [
      .attentionBias, .integer("intermediate_size", "expert_feed_forward_length"),
      .computed("attention_chunk_size") { $0.isWithoutStretches ? .null : 8192 },
      .constant("floor_scale", 8192), .constant("attn_scale", 0.1),
      .computed("attn_temperature_tuning") { .bool(!$0.isWithoutStretches) },
      .computed("use_qk_norm") { .bool($0.integer("expert_count") != 128) },
      .computed("no_rope_layers") { facts in
        let all = facts.isWithoutStretches
        return .array(
          (0..<(facts.integer("block_count") ?? 0)).map {
            .integer(all || ($0 + 1) % 4 != 0 ? 1 : 0)
          })
      },
      .computed("moe_layers") { facts in
        .array(
          (0..<(facts.integer("block_count") ?? 0))
            .filter { facts.has("blk.\($0).ffn_gate_inp.weight") }.map { .integer($0) })
      },
    ])
}

extension ExportFacts {
  fileprivate var isWithoutStretches: Bool { self["attention.sliding_window"] != nil }
}
