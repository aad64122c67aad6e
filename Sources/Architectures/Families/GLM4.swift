internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// GLM 4: half of each head turns.
  package static let glm4 = Architecture(
    name: "glm4", configurationNames: ["Glm4ForCausalLM"], computations: [.glm4],
    defaults: [
      ConfigurationDefault("head_dim", 128), ConfigurationDefault("num_key_value_heads", 2),
      ConfigurationDefault("rms_norm_eps", 1.5625e-7),
      ConfigurationDefault("max_position_embeddings", 131_072), .ropeBase(10_000),
      ConfigurationDefault("partial_rotary_factor") {
        $0.rope["partial_rotary_factor"] ?? 0.5
      },
    ],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
        let key: ByteString = "partial_rotary_factor"
        let factor = try Configuration.number(configuration.rope[key], [key]) ?? 0.5
        let width = factor * Double(try configuration.headWidth())
        return width >= 0 && width <= Double(UInt32.max) ? Int(width) : nil
      }
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + [
        .layer("post_self_attn_layernorm.weight", "post_attention_norm.weight"),
        .layer("post_mlp_layernorm.weight", "post_ffw_norm.weight"),
        .layer("mlp.gate_up_proj.weight", "ffn_up.weight"),
        .layer("mlp.down_proj.weight", "ffn_down.weight"),
      ],
    export: .glm4,
    vocabulary: VocabularyKind(
      .bytePair,
      extraTokens: [
        ("eos", "<|endoftext|>"), ("eot", "<|user|>"), ("unk", "<|endoftext|>"),
        ("bos", "<|endoftext|>"),
      ]),
    traits: DecoderTraits())
}

extension ConfigurationExport {
  /// Half of each head turns.
  static let glm4 = ConfigurationExport(
    "glm4", "Glm4ForCausalLM", [.attentionBias, .partialRotary])
}
