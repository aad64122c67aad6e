internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension HyperparameterRule {
  /// Metadata that is the same for every model of a family.
  static func constant(_ key: String, _ value: MetadataValue) -> HyperparameterRule {
    HyperparameterRule(key) { _ in value }
  }

  /// A truth value from the first key that is there.
  static func flag(_ key: String, _ names: ByteString..., otherwise: Bool?) -> HyperparameterRule {
    HyperparameterRule(key, reading: names) { configuration in
      (configuration.first(of: names)?.bool ?? otherwise).map { .bool($0) }
    }
  }

  /// The number of layers.
  static let blockCount = HyperparameterRule.count(
    "{arch}.block_count", reading: ["n_layers", "num_hidden_layers", "n_layer", "num_layers"]
  ) {
    (configuration) throws(ModelError) in
    try configuration.layerCount()
  }

  /// The width of the residual stream.
  static let embeddingLength = HyperparameterRule.count(
    "{arch}.embedding_length", reading: ["hidden_size", "n_embd", "dim", "d_model"]
  ) {
    (configuration) throws(ModelError) in
    try configuration.width()
  }

  /// The width of the feed-forward network, as many times that of the residual stream.
  static func feedForwardLength(times factor: Int) -> HyperparameterRule {
    .count("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
      try configuration.width() * factor
    }
  }

  /// The number of query heads.
  static let headCount = HyperparameterRule.count(
    "{arch}.attention.head_count", reading: ["num_attention_heads", "n_head", "n_heads"]
  ) {
    (configuration) throws(ModelError) in
    try configuration.headCount()
  }

  /// The number of key heads, as many as query heads where nothing is said.
  static let keyValueHeadCount = HyperparameterRule.count(
    "{arch}.attention.head_count_kv", reading: ["num_key_value_heads", "n_kv_heads"]
  ) {
    (configuration) throws(ModelError) in
    try configuration.keyValueHeadCount()
  }

  /// How an embedding of a text is made of those of its tokens: what sentence-transformers' files say,
  /// as `Checkpoint` puts it.
  static let poolingType = HyperparameterRule.count("{arch}.pooling_type", "_pooling_type")

  /// The number of tokens.
  static let vocabularySize = HyperparameterRule.count("{arch}.vocab_size", "vocab_size")

  /// The width of a head that takes part in the rotary embedding: all of it.
  static let ropeWidth = HyperparameterRule.count("{arch}.rope.dimension_count") {
    (configuration) throws(ModelError) in
    try configuration.headWidth()
  }

  /// The same where only a part of each head turns: `int(factor × width of a head)`.
  static func partialRopeWidth(_ names: ByteString...) -> HyperparameterRule {
    .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
      var factor = try Configuration.number(configuration.first(of: names), names)
      if factor == nil {
        let key: ByteString = "partial_rotary_factor"
        factor = try Configuration.number(configuration.rope[key], [key])
      }
      let heads = try configuration.headCount()
      let part = (factor ?? 1) * Double(try configuration.width() / heads)
      guard part >= 0, part <= Double(UInt32.max) else { return nil }
      return Int(part)
    }
  }

  /// The kind of rotary scaling where a family knows none.
  static let noRopeScaling = constant("{arch}.rope.scaling.type", .string("none"))

  /// The number of tokens that layers with sliding attention see.
  static let slidingWindow = HyperparameterRule.count(
    "{arch}.attention.sliding_window", "sliding_window")

  /// Which layers have sliding attention.
  static let slidingWindowPattern = HyperparameterRule("{arch}.attention.sliding_window_pattern") {
    configuration in
    guard configuration["sliding_window"] != nil,
      let types = configuration["layer_types"]?.array
    else { return nil }
    return .array(.bool(types.map { $0.text == "sliding_attention" }))
  }
}

extension [HyperparameterRule] {
  /// The same without the rules for some keys.
  func without(_ keys: String...) -> [HyperparameterRule] {
    filter { !keys.contains($0.key) }
  }

  /// The same with rules behind that for a key.
  func inserting(_ rules: [HyperparameterRule], after key: String) -> [HyperparameterRule] {
    flatMap { $0.key == key ? [$0] + rules : [$0] }
  }

  /// The same with rules in front of that for a key.
  func inserting(_ rules: [HyperparameterRule], before key: String) -> [HyperparameterRule] {
    flatMap { $0.key == key ? rules + [$0] : [$0] }
  }

  /// The same with another rule for a key, in its place.
  func replacing(_ rule: HyperparameterRule) -> [HyperparameterRule] {
    map { $0.key == rule.key ? rule : $0 }
  }
}
