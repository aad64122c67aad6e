internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// XLM-RoBERTa with a vocabulary of SentencePiece, an encoder for embeddings (bge-m3) or, with a head
  /// that scores a text, a reranker.
  package static let xlmRoberta = Architecture(
    name: "bert",
    configurationNames: [
      "XLMRobertaModel", "XLMRobertaForSequenceClassification", "XLMRobertaForMaskedLM",
    ], computations: [.xlmRoberta],
    defaults: [
      ConfigurationDefault("layer_norm_eps", 1e-12),
      ConfigurationDefault("max_position_embeddings", 514), ConfigurationDefault("pad_token_id", 1),
      ConfigurationDefault("type_vocab_size", 2),
    ],
    hyperparameters: roberta.hyperparameters + [.classifierLabels],
    tensors: robertaTensors("") + robertaTensors("roberta.") + robertaClassifier + robertaUnused,
    export: .xlmRoberta, vocabulary: VocabularyKind(.shiftedPieces, sizes: ["vocab_size"]))

  /// RoBERTa with a head that scores a text.
  package static let robertaClassification = Architecture(
    name: "bert", configurationNames: ["RobertaForSequenceClassification"],
    defaults: roberta.defaults, hyperparameters: roberta.hyperparameters + [.classifierLabels],
    tensors: roberta.tensors + robertaClassifier, closing: roberta.closing, vocabulary: .bytePair)

  private static let robertaClassifier: [TensorRule] = [
    TensorRule("classifier.dense.{s}", "cls.{s}"),
    TensorRule("classifier.out_proj.{s}", "cls.output.{s}"),
  ]
}

extension HyperparameterRule {
  /// The names of what a head tells apart, by their numbers; two dummies are none
  /// (conversion/bert.py, `BertModel.__init__`).
  static let classifierLabels = HyperparameterRule("{arch}.classifier.output_labels") {
    configuration in
    guard let labels = configuration["id2label"]?.object, !labels.members.isEmpty else {
      return nil
    }
    let sorted = labels.members.compactMap { member in
      Int(member.key.text).map { ($0, member.value.string ?? "") }
    }.sorted { $0.0 < $1.0 }
    if sorted.count == 2, sorted[0].1 == "LABEL_0" { return nil }
    return .array(.strings(sorted.map(\.1)))
  }
}

extension ConfigurationExport {
  /// Positions begin behind those of the filler token, whose number is the usual one.
  static let xlmRoberta = ConfigurationExport(
    { facts in
      guard facts.metadata["tokenizer.ggml.model"]?.string == "t5" else { return nil }
      return facts.has("cls.output.weight")
        ? .init("xlm-roberta", "XLMRobertaForSequenceClassification")
        : .init("xlm-roberta", "XLMRobertaModel")
    },
    [
      .rows("type_vocab_size", "token_types.weight"),
      .computed("max_position_embeddings") { facts in
        facts.rows("position_embd.weight").map { .integer($0 + 2) }
      },
      .classifierCount, .classifierNames,
    ], writesRotary: false)
}

extension ConfigurationExport.Entry {
  /// How many scores a head gives.
  static let classifierCount = computed("num_labels") { facts in
    facts.rows("cls.output.weight").map { .integer($0) }
  }

  /// What they are of.
  static let classifierNames = computed("id2label") { facts in
    guard let labels = facts["classifier.output_labels"]?.array?.strings else { return nil }
    var object = JSONObject()
    for (number, label) in labels.enumerated() {
      object[ByteString("\(number)")] = .string(label)
    }
    return .object(object)
  }
}
