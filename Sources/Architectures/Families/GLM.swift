internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// GLM 4 as transformers first knew it, and GLM-Edge: gate and up in one, half of each head turns.
  package static let glm = Architecture(
    name: "chatglm", configurationNames: ["GlmForCausalLM"], computations: [.glm],
    defaults: [
      ConfigurationDefault("head_dim", 128), ConfigurationDefault("num_key_value_heads", 2),
      .ropeBase(10_000),
    ],
    hyperparameters: [
      .count("{arch}.context_length") { (configuration) throws(ModelError) in
        if let length = try configuration.optionalCount("seq_length") { return length }
        return try configuration.width()
      }, .embeddingLength,
      .count("{arch}.feed_forward_length", "ffn_hidden_size", "intermediate_size"), .blockCount,
      .headCount,
      .count("{arch}.attention.head_count_kv", "multi_query_group_num", "num_key_value_heads"),
      .number("{arch}.attention.layer_norm_rms_epsilon") { (configuration) throws(ModelError) in
        try configuration.optionalNumber("layernorm_epsilon") ?? 1e-5
      }, .fileType,
      .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
        let key: ByteString = "partial_rotary_factor"
        let factor = try Configuration.number(configuration.rope[key], [key]) ?? 0.5
        let share = try configuration.width() / configuration.headCount()
        let width = factor * Double(try configuration.optionalCount("attention_dim") ?? share)
        return width >= 0 && width <= Double(UInt32.max) ? Int(width) : nil
      }, .constant("tokenizer.ggml.add_bos_token", .bool(false)),
      .number("{arch}.rope.freq_base") { (configuration) throws(ModelError) in
        10_000 * (try configuration.optionalNumber("rope_ratio") ?? 1)
      },
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + [
        .layer("mlp.gate_up_proj.weight", "ffn_up.weight"),
        .layer("mlp.down_proj.weight", "ffn_down.weight"),
      ],
    export: .glm,
    vocabulary: VocabularyKind(
      .bytePair,
      extraTokens: [
        ("eos", "<|endoftext|>"), ("eot", "<|user|>"), ("unk", "<|endoftext|>"),
      ]),
    traits: DecoderTraits(),
    // The converter writes 1e-5 and 10,000 whatever the configuration says (conversion/chatglm.py).
    exact: [
      .number("{arch}.attention.layer_norm_rms_epsilon", "rms_norm_eps"),
      .number("{arch}.rope.freq_base") { (configuration) throws(ModelError) in
        try Configuration.number(configuration.fullRope["rope_theta"], ["rope_theta"])
      },
    ])
}

extension ConfigurationExport {
  /// Half of each head turns.
  static let glm = ConfigurationExport(
    "glm", "GlmForCausalLM", [.attentionBias, .partialRotary])
}
