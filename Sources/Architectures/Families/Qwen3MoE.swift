internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Qwen 3 with experts.
  package static let qwen3MoE = Architecture(
    name: "qwen3moe", configurationNames: ["Qwen3MoeForCausalLM"], computations: [.qwen3MoE],
    defaults: [
      ConfigurationDefault("num_experts_per_tok", 8),
      ConfigurationDefault("num_key_value_heads", 4), ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 32_768), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common + expertWidths,
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward
      + TensorRule.experts,
    export: .qwen3MoE, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
    })
}

extension ConfigurationExport {
  /// Weights of experts are divided by their sum.
  static let qwen3MoE = ConfigurationExport(
    "qwen3_moe", "Qwen3MoeForCausalLM", keys: ["num_experts"],
    [.constant("norm_topk_prob", true), .attentionBias])
}
