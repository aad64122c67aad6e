internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Qwen 1.5 and 2 with experts, one of which every token sees.
  package static let qwen2MoE = Architecture(
    name: "qwen2moe", configurationNames: ["Qwen2MoeForCausalLM"], computations: [.qwen2MoE],
    defaults: [
      ConfigurationDefault("num_experts_per_tok", 4),
      ConfigurationDefault("num_key_value_heads", 16), ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 32_768), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common + expertWidths,
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward + TensorRule.experts + [
        .layer("mlp.shared_expert.down_proj.weight", "ffn_down_shexp.weight"),
        .layer("mlp.shared_expert.gate_proj.weight", "ffn_gate_shexp.weight"),
        .layer("mlp.shared_expert.up_proj.weight", "ffn_up_shexp.weight"),
        .layer("mlp.shared_expert_gate.weight", "ffn_gate_inp_shexp.weight"),
      ],
    export: .qwen2MoE, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.normalizesExperts = false
    })

  /// The widths of experts.
  static let expertWidths: [HyperparameterRule] = [
    .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
    .count("{arch}.expert_shared_feed_forward_length", "shared_expert_intermediate_size"),
  ]
}

extension ConfigurationExport {
  /// Weights of experts are not divided by their sum.
  static let qwen2MoE = ConfigurationExport(
    "qwen2_moe", "Qwen2MoeForCausalLM", keys: ["num_experts"],
    [.constant("norm_topk_prob", false), .has("qkv_bias", "blk.0.attn_q.bias")])
}
