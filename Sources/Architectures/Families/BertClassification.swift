internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// BERT with a head that scores a text (MiniLM rerankers).
  ///
  /// GGUF has no place for what stands between the first token's state and the scores: readers compute
  /// these of the state itself.
  package static let bertClassification = Architecture(
    name: "bert", configurationNames: ["BertForSequenceClassification"],
    computations: [.bertClassification], defaults: bert.defaults,
    hyperparameters: bert.hyperparameters + [.classifierLabels],
    tensors: ["bert.", ""].map { (prefix: String) -> TensorRule in
      TensorRule(
        prefix + "pooler.dense.{s}", outputs: [TensorRule.Output("cls.{s}")], when: computes)
    } + bertScores + bert.tensors, vocabulary: .wordPiece)

  /// DistilBERT with a head.
  package static let distilBertClassification = Architecture(
    name: "bert", configurationNames: ["DistilBertForSequenceClassification"],
    computations: [.distilBertClassification], defaults: distilBert.defaults,
    hyperparameters: distilBert.hyperparameters + [.classifierLabels],
    tensors: [
      // Readers take the hyperbolic tangent for what stands behind it.
      TensorRule(
        "pre_classifier.{s}", outputs: [TensorRule.Output("cls.rectified.{s}")], when: computes),
      TensorRule("pre_classifier.{s}", "cls.{s}"), TensorRule("classifier.{s}", "cls.output.{s}"),
    ] + distilBert.tensors,
    vocabulary: .wordPiece, names: distilBert.names)

  /// ModernBERT with a head.
  package static let modernBertClassification = Architecture(
    name: "modern-bert", configurationNames: ["ModernBertForSequenceClassification"],
    computations: [.modernBertClassification], defaults: modernBert.defaults,
    hyperparameters: modernBert.hyperparameters.inserting(
      [.classifierLabels], before: "{arch}.attention.sliding_window"),
    tensors: [
      TensorRule("head.dense.{s}", "cls.{s}"), TensorRule("head.norm.{s}", "cls.norm.{s}"),
      TensorRule("classifier.{s}", "cls.output.{s}"),
    ] + modernBert.tensors, export: .modernBertClassification, vocabulary: modernBert.vocabulary,
    names: modernBert.names)

  /// A matrix of scores.
  ///
  /// Where labels are not named, the converter takes it for what stands in front of one
  /// (conversion/bert.py, `BertModel.modify_tensors`).
  private static let bertScores: [TensorRule] = [
    TensorRule(
      "classifier.{s}", outputs: [TensorRule.Output("cls.output.{s}")],
      when: { configuration in
        let labels = try? HyperparameterRule.classifierLabels.value(configuration)
        return computes(configuration) || labels != nil
      }), TensorRule("classifier.{s}", "cls.{s}"),
  ]

  /// Whether the checkpoint itself is run, and not converted.
  private static let computes: @Sendable (Configuration) -> Bool = {
    $0["_computes"]?.bool == true
  }
}

extension FamilyComputation {
  static let bertClassification = FamilyComputation(
    "BertForSequenceClassification", rules: bert.rules, sizes: bert.sizes,
    incidental: bert.incidental.union([
      "sbert_ce_default_activation_function", "sentence_transformers",
    ]), refusals: bert.refusals, tiesHead: true)

  static let distilBertClassification = FamilyComputation(
    "DistilBertForSequenceClassification", rules: distilBert.rules, sizes: distilBert.sizes,
    incidental: distilBert.incidental, tiesHead: true)

  static let modernBertClassification = FamilyComputation(
    "ModernBertForSequenceClassification", rules: modernBert.rules, sizes: modernBert.sizes,
    incidental: modernBert.incidental, optionalTensors: modernBert.optionalTensors, tiesHead: true)
}
