internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// RoBERTa: BERT whose positions begin after those that its filler token has.
  package static let roberta = Architecture(
    name: "bert", configurationNames: ["RobertaModel", "RobertaForMaskedLM"],
    defaults: [
      ConfigurationDefault("layer_norm_eps", 1e-12),
      ConfigurationDefault("max_position_embeddings", 514),
      ConfigurationDefault("type_vocab_size", 2),
    ],
    hyperparameters: bert.hyperparameters.replacing(
      .count("{arch}.context_length") { (configuration) throws(ModelError) in
        let positions = try configuration.count("max_position_embeddings")
        return max(0, positions - (try robertaOffset(configuration)))
      }),
    tensors: robertaTensors("") + robertaTensors("roberta.") + robertaUnused,
    closing: [
      .count("tokenizer.ggml.token_type_count") { (configuration) throws(ModelError) in
        try configuration.optionalCount("type_vocab_size") ?? 1
      }
    ],
    vocabulary: .bytePair)

  static let robertaUnused: [TensorRule] = [
    .unused("lm_head.bias"), .unused("lm_head.dense.{s}"), .unused("lm_head.layer_norm.{s}"),
    .unused("lm_head.decoder.{s}"),
  ]

  static func robertaTensors(_ prefix: String) -> [TensorRule] {
    var rules = [
      TensorRule(
        prefix + "embeddings.position_embeddings.weight", "position_embd.weight",
        .positionsBehindFiller)
    ]
    for rule in bert.tensors {
      let name = rule.source.text
      let isOwn = ["embeddings.", "encoder.", "pooler."].contains { name.hasPrefix($0) }
      if isOwn { rules.append(rule.prefixed(prefix)) }
    }
    return rules
  }

  /// Rows of the position table that no text uses.
  static func robertaOffset(_ configuration: Configuration) throws(ModelError) -> Int {
    try configuration.optionalCount("pad_token_id").map { $0 + 1 } ?? 0
  }
}

extension TensorChange {
  /// The position table without the rows that no text uses.
  static let positionsBehindFiller = TensorChange.drop { (configuration) throws(ModelError) in
    try Architecture.robertaOffset(configuration)
  }
}

extension TensorRule {
  /// The same rule for names with something in front of them.
  func prefixed(_ prefix: String) -> TensorRule {
    TensorRule(prefix + source.text, outputs: outputs, when: condition)
  }
}
