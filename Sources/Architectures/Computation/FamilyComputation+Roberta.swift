internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

// XLM-RoBERTa, and RoBERTa with a head.

extension FamilyComputation {
  static let xlmRoberta = FamilyComputation(
    "XLMRobertaModel", "XLMRobertaForSequenceClassification", "XLMRobertaForMaskedLM",
    "RobertaForSequenceClassification",
    rules: [
      .activation("hidden_act", "gelu"), .epsilon("layer_norm_eps", 1e-12),
      .flag("is_decoder", otherwise: false) { .causal($0) },
    ], sizes: decoderSizes.union(["type_vocab_size"]),
    incidental: [
      "position_embedding_type", "classifier_dropout", "output_past",
      "sbert_ce_default_activation_function", "sentence_transformers",
    ],
    refusals: [.whereTrue("add_cross_attention", "attention over another model's states")],
    tiesHead: true)
}
