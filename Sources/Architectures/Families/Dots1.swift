internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// dots.llm1: Qwen 3's attention, DeepSeek 3's experts.
  package static let dots1 = Architecture(
    name: "dots1", configurationNames: ["Dots1ForCausalLM"], computations: [.dots1],
    defaults: [
      .headWidth, ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(10_000),
      ConfigurationDefault("routed_scaling_factor", 1.0),
      ConfigurationDefault("norm_topk_prob", false),
    ],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count("{arch}.expert_shared_feed_forward_length", "shared_expert_intermediate_size"),
      .count("{arch}.leading_dense_block_count", "first_k_dense_replace"),
      .count("{arch}.expert_shared_count", "n_shared_experts"),
      .number("{arch}.expert_weights_scale", "routed_scaling_factor"),
      .flag("{arch}.expert_weights_norm", "norm_topk_prob", otherwise: nil),
    ],
    tensors: qwen3MoE.tensors + TensorRule.sharedExperts + [.choiceBias],
    export: .dots1, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.biasedRouting = .sigmoid
    })
}

extension ConfigurationExport {
  /// The logistic function, with a bias for the choice.
  static let dots1 = ConfigurationExport(
    "dots1", "Dots1ForCausalLM", keys: ["n_routed_experts"],
    [.attentionBias, .constant("scoring_func", "sigmoid"), .constant("topk_method", "noaux_tc")])
}
