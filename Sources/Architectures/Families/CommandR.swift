internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Command R and Aya 23.
  package static let commandR = Architecture(
    name: "command-r", configurationNames: ["CohereForCausalLM"], computations: [.commandR],
    defaults: [
      .keyValueHeads, ConfigurationDefault("layer_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 8192), .ropeBase(500_000),
      ConfigurationDefault("logit_scale", 0.0625),
    ],
    hyperparameters: HyperparameterRule.common.replacing(
      .count("{arch}.context_length", "model_max_length", "max_position_embeddings")) + [
        .number("{arch}.logit_scale", "logit_scale"), .noRopeScaling,
      ],
    tensors: [.tiedOutput] + TensorRule.embeddings() + TensorRule.attention()
      + TensorRule.headNorms() + TensorRule.attentionNorm() + TensorRule.gatedFeedForward,
    export: .commandR, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.norm = .layer
      $0.arrangement = .parallel
    })
}

extension ConfigurationExport {
  /// Norms on the heads in the larger models only.
  static let commandR = ConfigurationExport(
    "cohere", "CohereForCausalLM",
    [.attentionBias, .has("use_qk_norm", "blk.0.attn_q_norm.weight")])
}
