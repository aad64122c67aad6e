internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// ChatGLM 3 and the first GLM 4, under their makers' names.
  package static let chatGLM = Architecture(
    name: "chatglm",
    configurationNames: ["ChatGLMModel", "ChatGLMForConditionalGeneration"],
    computations: [.chatGLM],
    hyperparameters: [
      .count("{arch}.context_length") { (configuration) throws(ModelError) in
        if let length = try configuration.optionalCount("seq_length") { return length }
        return try configuration.width()
      },
      .embeddingLength,
      .count("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        if let inner = try configuration.optionalCount("ffn_hidden_size", "intermediate_size") {
          return inner
        }
        return try 4 * configuration.width()
      },
      .blockCount, .headCount,
      .count("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
        if let groups = try configuration.optionalCount(
          "multi_query_group_num", "num_key_value_heads")
        {
          return groups
        }
        return try configuration.headCount()
      },
      .number("{arch}.attention.layer_norm_rms_epsilon") { (configuration) throws(ModelError) in
        try configuration.optionalNumber("layernorm_epsilon") ?? 1e-5
      }, .fileType,
      .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
        let key: ByteString = "partial_rotary_factor"
        let share = try Configuration.number(configuration.rope[key], [key]) ?? 0.5
        var width = try configuration.width() / configuration.headCount()
        if let own = try configuration.optionalCount("attention_dim") { width = own }
        return share >= 0 && share <= 1 ? Int(Double(width) * share) : nil
      },
      .constant("tokenizer.ggml.add_bos_token", .bool(false)),
      .number("{arch}.rope.freq_base") { (configuration) throws(ModelError) in
        10_000 * (try configuration.optionalNumber("rope_ratio") ?? 1)
      },
    ],
    tensors: [
      TensorRule("embedding.word_embeddings.weight", "token_embd.weight"),
      TensorRule("encoder.final_layernorm.weight", "output_norm.weight"),
      TensorRule("output_layer.weight", "output.weight"),
    ] + glmLayers,
    vocabulary: VocabularyKind(
      .bytePair,
      extraTokens: [("eos", "<|endoftext|>"), ("eot", "<|user|>"), ("unk", "<|endoftext|>")]),
    traits: DecoderTraits(),
    names: TensorNames {
      $0.wrappers.append("transformer.")
      $0.base = ""
      $0.leftOut.append(
        .init(kind: "that follow from the configuration", suffixes: [".rotary_pos_emb.inv_freq"]))
    })

  private static let glmLayers: [TensorRule] = [
    ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"),
    ("self_attention.query_key_value", "attn_qkv"), ("self_attention.dense", "attn_output"),
    ("mlp.dense_h_to_4h", "ffn_up"), ("mlp.dense_4h_to_h", "ffn_down"),
  ].map { TensorRule("encoder.layers.{n}.\($0).{s}", "blk.{n}.\($1).{s}") }
}

extension FamilyComputation {
  /// `modeling_chatglm.py` beside the checkpoints: gated SiLU, half of each head turns.
  static let chatGLM = FamilyComputation(
    "ChatGLMModel", "ChatGLMForConditionalGeneration",
    rules: [
      .always(.activation(.silu)), .epsilon("layernorm_epsilon", 1e-5), .causal,
      ComputationRule("rope_ratio", "partial_rotary_factor", "kv_channels", "attention_dim") {
        (configuration) throws(ModelError) in
        var rule = RotaryRule(
          base: 10_000 * (try configuration.optionalNumber("rope_ratio") ?? 1), baseKeys: [],
          part: .factor(otherwise: 0.5, keys: ["partial_rotary_factor"]))
        rule.headWidth = { (configuration) throws(ModelError) in
          if let width = try configuration.optionalCount("kv_channels", "attention_dim") {
            return width
          }
          return try configuration.headWidth()
        }
        return try ComputationRule.rotary(rule).settings(configuration)
      },
    ],
    sizes: [
      "num_layers", "hidden_size", "num_attention_heads", "num_hidden_layers", "seq_length",
      "ffn_hidden_size", "intermediate_size", "multi_query_group_num", "num_key_value_heads",
      "padded_vocab_size", "max_position_embeddings",
    ],
    incidental: [
      "add_bias_linear", "add_qkv_bias", "apply_query_key_layer_scaling",
      "attention_softmax_in_fp32", "bias_dropout_fusion", "fp32_residual_connection",
      "multi_query_attention", "interleaved_qkv", "classifier_dropout", "prefix_projection",
    ],
    refusals: [
      .whereTrue("apply_residual_connection_post_layernorm", "branches of normalized states"),
      .whereFalse("post_layer_norm", "no norm behind the last layer"),
      .whereFalse("rmsnorm", "norms by mean and variance"),
      .whereFalse("original_rope", "rotation in another order"),
      .wherePresent("pre_seq_len", "a trained prefix of keys and values"),
    ], headBias: nil)
}
