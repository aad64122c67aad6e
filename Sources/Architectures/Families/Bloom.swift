internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// BLOOM: no rotary embedding but biases that grow with distance.
  package static let bloom = Architecture(
    name: "bloom", configurationNames: ["BloomForCausalLM", "BloomModel"], computations: [.bloom],
    defaults: [ConfigurationDefault("layer_norm_epsilon", 1e-5)],
    hyperparameters: [
      .count("{arch}.context_length") { (configuration) throws(ModelError) in
        if let length = try configuration.optionalCount("seq_length") { return length }
        return try configuration.width()
      }, .embeddingLength, .feedForwardLength(times: 4), .blockCount, .headCount,
      .count("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
        try configuration.headCount()
      }, .number("{arch}.attention.layer_norm_epsilon", "layer_norm_epsilon"), .fileType,
    ],
    tensors: ["transformer.", ""].flatMap { prefix in
      [
        TensorRule("\(prefix)word_embeddings.weight", "token_embd.weight"),
        TensorRule("\(prefix)word_embeddings_layernorm.{s}", "token_embd_norm.{s}"),
        TensorRule("\(prefix)ln_f.{s}", "output_norm.{s}"),
        TensorRule("\(prefix)h.{n}.input_layernorm.{s}", "blk.{n}.attn_norm.{s}"),
        TensorRule("\(prefix)h.{n}.post_attention_layernorm.{s}", "blk.{n}.ffn_norm.{s}"),
        TensorRule(
          "\(prefix)h.{n}.self_attention.query_key_value.{s}", "blk.{n}.attn_qkv.{s}",
          .ungroupHeads),
        TensorRule("\(prefix)h.{n}.self_attention.dense.{s}", "blk.{n}.attn_output.{s}"),
        TensorRule("\(prefix)h.{n}.mlp.dense_h_to_4h.{s}", "blk.{n}.ffn_up.{s}"),
        TensorRule("\(prefix)h.{n}.mlp.dense_4h_to_h.{s}", "blk.{n}.ffn_down.{s}"),
      ]
    } + [.tiedOutput, TensorRule("lm_head.weight", "output.weight")],
    export: .bloom, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = nil
      $0.norm = .layer
      $0.activation = .geluTanh
      $0.largestBias = { _ in 8 }
    })
}

extension ConfigurationExport {
  /// Its own names for the sizes.
  static let bloom = ConfigurationExport(
    "bloom", "BloomForCausalLM", keys: ["n_head", "n_layer"],
    [.integer("seq_length", "context_length")])
}
