internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Arcee's AFM: Llama whose network has no gate, and squares.
  package static let arcee = Architecture(
    name: "arcee", configurationNames: ["ArceeForCausalLM"], computations: [.arcee],
    defaults: [
      .headWidth, .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 4096), .ropeBase(10_000),
    ],
    hyperparameters: llama.hyperparameters + [.poolingType],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward,
    generated: llama.generated, closing: llama.closing, export: .arcee,
    vocabulary: llama.vocabulary, traits: DecoderTraits { $0.activation = .reluSquared })
}

extension ConfigurationExport {
  /// Llama without gates.
  static let arcee = ConfigurationExport(
    "arcee", "ArceeForCausalLM",
    [.constant("hidden_act", "relu2"), .attentionBias, .networkBias])
}
