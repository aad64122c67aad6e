internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Nemotron 3 and 4: norms with biases, stored as their distance from 1.
  package static let nemotron = Architecture(
    name: "nemotron", configurationNames: ["NemotronForCausalLM"], computations: [.nemotron],
    defaults: [
      .headWidth, .keyValueHeads, ConfigurationDefault("norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 4096), .ropeBase(10_000),
      ConfigurationDefault("partial_rotary_factor") {
        $0.rope["partial_rotary_factor"] ?? 0.5
      },
    ],
    hyperparameters: HyperparameterRule.common + [
      .vocabularySize,
      .number(
        "{arch}.attention.layer_norm_epsilon", "layer_norm_eps", "layer_norm_epsilon",
        "norm_epsilon", "norm_eps"), .ropeWidthOfAllHeads,
      HyperparameterRule("{arch}.rope.scaling.type") { configuration in
        .string(nemotronFactor(configuration) == nil ? "none" : "linear")
      },
      .number("{arch}.rope.scaling.factor") { configuration in nemotronFactor(configuration) },
    ],
    tensors: TensorRule.embeddings(norm: .add(1)) + TensorRule.attention()
      + TensorRule.attentionNorm(.add(1)) + TensorRule.feedForwardNorm(.add(1))
      + TensorRule.gatedFeedForward,
    closing: [
      .constant("tokenizer.ggml.padding_token_id", .uint32(0)),
      .constant("tokenizer.ggml.unknown_token_id", .uint32(1)),
    ],
    export: .nemotron, vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.activation = .reluSquared
    })

  private static func nemotronFactor(_ configuration: Configuration) -> Double? {
    configuration["factor"]?.double ?? configuration.rope["factor"]?.double
  }
}

extension ConfigurationExport {
  /// Norms are stored as their distance from 1.
  static let nemotron = ConfigurationExport(
    "nemotron", "NemotronForCausalLM", keys: ["norm_eps"],
    [.attentionBias, .networkBias, .partialRotary])
}
