internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// EuroBERT: Llama whose tokens see those after them, too.
  package static let euroBert = Architecture(
    name: "eurobert", configurationNames: ["EuroBertModel", "EuroBertForMaskedLM"],
    computations: [.euroBert],
    defaults: [
      .headWidth, .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 8192), .ropeBase(250_000),
    ],
    hyperparameters: HyperparameterRule.common + [
      .constant("{arch}.attention.causal", .bool(false)), .noRopeScaling, .poolingType,
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward,
    export: .euroBert,
    vocabulary: VocabularyKind(
      .bytePair, leading: [("tokenizer.ggml.add_bos_token", .bool(false))]),
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.isEncoder = true
    })
}

extension ConfigurationExport {
  /// Llama's names.
  static let euroBert = ConfigurationExport(
    "eurobert", "EuroBertModel", [.attentionBias, .networkBias])
}
