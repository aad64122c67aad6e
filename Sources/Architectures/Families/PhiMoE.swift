internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Phi 3.5 MoE: sixteen experts, two by a sparse mixer; norms by mean and variance.
  package static let phiMoE = Architecture(
    name: "phimoe", configurationNames: ["PhiMoEForCausalLM", "PhimoeForCausalLM"],
    computations: [.phiMoE],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 131_072),
      ConfigurationDefault("original_max_position_embeddings") {
        $0.rope["original_max_position_embeddings"] ?? 4096
      }, .ropeBase(1_000_000),
    ],
    hyperparameters: phi3.hyperparameters + [
      .count("{arch}.expert_used_count", "num_experts_per_tok", "num_experts_per_token"),
      .count("{arch}.expert_count", "num_local_experts", "num_experts"),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + TensorRule.blockSparseExperts,
    generated: phi3.generated, export: .phiMoE, vocabulary: phi3.vocabulary,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.windowed = .all
      $0.routing = .sparseMixer
    })
}

extension ConfigurationExport {
  /// Biases everywhere.
  static let phiMoE = ConfigurationExport(
    "phimoe", "PhimoeForCausalLM", keys: ["num_local_experts"],
    [
      .attentionBias, .has("lm_head_bias", "output.bias"),
      .optionalInteger("sliding_window", "attention.sliding_window"),
      .integer("original_max_position_embeddings", "rope.scaling.original_context_length"),
    ])
}
