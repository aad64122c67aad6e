internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Gemma 3, its text model.
  package static let gemma3 = Architecture(
    name: "gemma3",
    configurationNames: ["Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"],
    computations: [.gemma3],
    defaults: [
      ConfigurationDefault("head_dim", 256), ConfigurationDefault("num_attention_heads", 8),
      ConfigurationDefault("num_key_value_heads", 4), ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 131_072),
      ConfigurationDefault("sliding_window", 4096), .ropeBase(1_000_000),
      ConfigurationDefault("rope_local_base_freq", 10_000.0),
    ],
    hyperparameters: HyperparameterRule.common + [
      .number("{arch}.final_logit_softcapping", "final_logit_softcapping"),
      .count("{arch}.attention.sliding_window") { (configuration) throws(ModelError) in
        guard configuration["sliding_window_pattern"]?.integer != 1 else { return nil }
        return try configuration.count("sliding_window")
      },
    ],
    tensors: TensorRule.embeddings(norm: .add(1)) + TensorRule.attention()
      + TensorRule.headNorms(.add(1)) + TensorRule.attentionNorm(.add(1))
      + TensorRule.outerNorms(.add(1))
      + [.layer("pre_feedforward_layernorm.weight", "ffn_norm.weight", .add(1))]
      + TensorRule.gatedFeedForward,
    closing: [noSpacePrefix], export: .gemma3, vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.activation = .geluTanh
      $0.scalesEmbedding = true
      // 27B divides by the root of a head's share of the width (gemma3.cpp).
      $0.scoreScale = DecoderTraits.sharedWidthScale(layers: 62)
      $0.windowed = .allBut(every: 6)
      $0.windowedBase = 10000
      $0.stretchesWindows = false
    })
}

extension ConfigurationExport {
  /// The text model, with a base of its own for layers with sliding attention.
  static let gemma3 = ConfigurationExport(
    "gemma3_text", "Gemma3ForCausalLM",
    [
      .constant("hidden_activation", "gelu_pytorch_tanh"), .attentionBias,
      .queryScale(sharedWidthAt: 62),
      .optionalInteger("sliding_window", "attention.sliding_window"),
      .constant("sliding_window_pattern", 6),
      .computed("rope_local_base_freq") { .double($0.number("rope.freq_base_swa") ?? 10_000) },
    ])
}

extension ConfigurationExport.Entry {
  /// What queries are divided by the root of: the width of a head, but in the largest model of a
  /// generation, known by its number of layers, the width that is each head's share.
  static func queryScale(sharedWidthAt layers: Int) -> Self {
    .computed("query_pre_attn_scalar") { facts in
      if facts.integer("block_count") == layers, let width = facts.integer("embedding_length"),
        let heads = facts.integer("attention.head_count"), heads > 0
      {
        return .integer(width / heads)
      }
      return facts.headWidth.map { .integer($0) }
    }
  }
}
