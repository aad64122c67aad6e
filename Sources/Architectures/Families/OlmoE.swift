internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// OLMoE: 64 small experts.
  package static let olmoE = Architecture(
    name: "olmoe", configurationNames: ["OlmoeForCausalLM"], computations: [.olmoE],
    defaults: [
      ConfigurationDefault("num_experts_per_tok", 8),
      .keyValueHeads, ConfigurationDefault("max_position_embeddings", 4096), .ropeBase(10_000),
      ConfigurationDefault("rms_norm_eps", 1e-5),
    ],
    hyperparameters: HyperparameterRule.common,
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.experts,
    export: .olmoE, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.normalizesExperts = false
    })
}

extension ConfigurationExport {
  /// Weights of experts are not divided by their sum.
  static let olmoE = ConfigurationExport(
    "olmoe", "OlmoeForCausalLM", keys: ["num_experts"],
    [
      .constant("norm_topk_prob", false), .attentionBias, .constant("rms_norm_eps", 1e-5),
    ])
}
