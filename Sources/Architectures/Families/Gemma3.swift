internal import ByteIO
internal import JSON
internal import ModelIR

extension Architecture {
  /// Gemma 3, its text model.
  public static let gemma3 = Architecture(
    name: "gemma3",
    configurationNames: ["Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"],
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
    closing: [noSpacePrefix], vocabulary: .sentencePiece)
}
