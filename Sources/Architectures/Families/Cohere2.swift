internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Command R 7B: sliding attention in three of four layers.
  package static let cohere2 = Architecture(
    name: "cohere2", configurationNames: ["Cohere2ForCausalLM"], computations: [.cohere2],
    defaults: [
      .keyValueHeads, .headWidth, ConfigurationDefault("layer_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 8192), .ropeBase(10_000),
      ConfigurationDefault("logit_scale", 0.0625), ConfigurationDefault("sliding_window", 4096),
      ConfigurationDefault("rotary_pct", 1.0),
    ],
    hyperparameters: HyperparameterRule.common + [
      .number("{arch}.logit_scale", "logit_scale"), .slidingWindow, .vocabularySize,
      .partialRopeWidth("rotary_pct"), .noRopeScaling,
    ],
    tensors: [.tiedOutput] + TensorRule.embeddings() + TensorRule.attention()
      + TensorRule.attentionNorm() + TensorRule.gatedFeedForward,
    export: .cohere2, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.norm = .layer
      $0.arrangement = .parallel
      $0.windowed = .allBut(every: 4)
      $0.rotatesOnlyInWindows = true
    })
}

extension ConfigurationExport {
  /// Sliding attention in three of four layers.
  static let cohere2 = ConfigurationExport(
    "cohere2", "Cohere2ForCausalLM",
    [.attentionBias, .constant("sliding_window_pattern", 4), .constant("rotary_pct", 1.0)])
}
