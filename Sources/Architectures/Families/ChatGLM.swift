internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// ChatGLM 3 and the first GLM 4, under their makers' names.
  package static let chatGLM = Architecture(
    name: "chatglm",
    configurationNames: ["ChatGLMModel", "ChatGLMForConditionalGeneration"],
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
