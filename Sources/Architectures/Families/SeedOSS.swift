internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Seed-OSS.
  package static let seedOSS = Architecture(
    name: "seed_oss", configurationNames: ["SeedOssForCausalLM"], computations: [.seedOSS],
    defaults: [
      ConfigurationDefault("head_dim", 128), ConfigurationDefault("num_key_value_heads", 8),
      ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 524_288), .ropeBase(10_000),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + [.layer("post_attention_layernorm.weight", "post_attention_norm.weight")]
      + TensorRule.gatedFeedForward,
    export: .seedOSS, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
    })
}

extension ConfigurationExport {
  /// Biases on query, key and value, not on the output.
  static let seedOSS = ConfigurationExport(
    "seed_oss", "SeedOssForCausalLM",
    [.attentionBias, .has("attention_out_bias", "blk.0.attn_output.bias"), .networkBias])
}
