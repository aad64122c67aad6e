internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// OLMo 1: norms by mean and variance without weights.
  package static let olmo = Architecture(
    name: "olmo", configurationNames: ["OlmoForCausalLM", "OLMoForCausalLM"],
    computations: [.olmo, .olmoOlder],
    defaults: [
      .keyValueHeads, ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common + [
      .constant("{arch}.attention.layer_norm_epsilon", .float32(1e-5)),
      .number("{arch}.attention.clamp_kqv", "clip_qkv"),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.gatedFeedForward,
    export: .olmo, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.norm = .layer
      $0.hasPlainNorms = true
      $0.arrangement = .sequential
    },
    quantization: QuantizationTraits { $0.isLarge = { layers, _ in layers == 80 } })
}

extension ConfigurationExport {
  /// Queries, keys and values may be held within bounds.
  static let olmo = ConfigurationExport(
    "olmo", "OlmoForCausalLM", [.attentionBias, .number("clip_qkv", "attention.clamp_kqv")])
}
