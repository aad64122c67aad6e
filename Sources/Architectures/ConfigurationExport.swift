package import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// How a family's `config.json` follows from GGUF's metadata and tensors: the way back.
///
/// What a hyperparameter rule reads is written again under the name that it was read by; what is here
/// is the rest: names that a family prefers, and settings that show in its tensors only.
package struct ConfigurationExport: Sendable {
  /// What an entry fails with.
  ///
  /// The compiler does not count an error that is only thrown as a use of the import.
  package typealias Failure = ModelError

  /// One setting.
  package struct Entry: Sendable {
    /// Its name in `config.json`.
    package let key: ByteString
    /// Its value; nil where the model has none, and the key is left out.
    package let value: @Sendable (ExportFacts) throws(ModelError) -> JSONValue?
  }

  /// What transformers calls the model.
  package struct Identity: Sendable {
    /// `model_type`.
    package let modelType: String
    /// The class in `architectures`.
    package let className: String
    /// Names both.
    package init(_ modelType: String, _ className: String) {
      self.modelType = modelType
      self.className = className
    }
  }

  /// What transformers calls a model; nil where another family of the same GGUF name is meant.
  package let identity: @Sendable (ExportFacts) -> Identity?
  /// Names that the family prefers where a rule reads any of several.
  package let keys: [ByteString]
  /// Settings besides those that the hyperparameter rules read.
  package let entries: [Entry]
  /// Whether the rotary embedding is written as for most families, with one base and one scaling.
  package let writesRotary: Bool

  /// A family with one name.
  package init(
    _ modelType: String, _ className: String, keys: [ByteString] = [], _ entries: [Entry] = [],
    writesRotary: Bool = true
  ) {
    self.init(
      { _ in Identity(modelType, className) }, keys: keys, entries, writesRotary: writesRotary)
  }

  /// A family whose name depends on the model.
  package init(
    _ identity: @escaping @Sendable (ExportFacts) -> Identity?, keys: [ByteString] = [],
    _ entries: [Entry] = [], writesRotary: Bool = true
  ) {
    self.writesRotary = writesRotary
    self.identity = identity
    self.keys = keys
    self.entries = entries
  }

  /// Names that most families use, of the several that a rule may read.
  private static let usual: [ByteString] = [
    "max_position_embeddings", "hidden_size", "num_hidden_layers", "intermediate_size",
    "num_attention_heads", "num_key_value_heads", "rms_norm_eps", "layer_norm_eps",
    "num_experts_per_tok", "head_dim", "num_local_experts",
  ]

  /// The name under which a rule's value is written; nil where the rule reads none.
  package func key(for rule: HyperparameterRule) -> ByteString? {
    keys.first { rule.names.contains($0) } ?? Self.usual.first { rule.names.contains($0) }
      ?? rule.names.first
  }
}

extension ConfigurationExport.Entry {
  /// A setting that a rule computes.
  static func computed(
    _ key: ByteString,
    _ value: @escaping @Sendable (ExportFacts) throws(ModelError) -> JSONValue?
  ) -> Self { Self(key: key, value: value) }

  /// A setting that is the same for every model of the family.
  static func constant(_ key: ByteString, _ value: JSONValue) -> Self {
    Self(key: key) { _ in value }
  }

  /// Whether a tensor is there.
  static func has(_ key: ByteString, _ tensor: String) -> Self {
    Self(key: key) { .bool($0.has(tensor)) }
  }

  /// The number of a tensor's rows.
  static func rows(_ key: ByteString, _ tensor: String) -> Self {
    Self(key: key) { facts in facts.rows(tensor).map { .integer($0) } }
  }

  /// An integer of the metadata.
  static func integer(_ key: ByteString, _ suffix: ByteString) -> Self {
    Self(key: key) { facts in facts.integer(suffix).map { .integer($0) } }
  }

  /// An integer of the metadata; `null` where it is missing or zero.
  static func optionalInteger(_ key: ByteString, _ suffix: ByteString) -> Self {
    Self(key: key) { facts in
      guard let value = facts.integer(suffix), value > 0 else { return .null }
      return .integer(value)
    }
  }

  /// A number of the metadata.
  static func number(_ key: ByteString, _ suffix: ByteString) -> Self {
    Self(key: key) { facts in facts.number(suffix).map { .double($0) } }
  }

  /// The part of each head that turns.
  static let partialRotary = computed("partial_rotary_factor") { facts in
    guard let turning = facts.integer("rope.dimension_count"), let width = facts.headWidth,
      width > 0
    else { return nil }
    return .double(Double(turning) / Double(width))
  }

  /// Which layers have sliding attention, where the metadata says.
  static let layerTypes = computed("layer_types") { facts in
    guard let sliding = facts["attention.sliding_window_pattern"]?.array?.bools else {
      return nil
    }
    return .array(sliding.map { $0 ? "sliding_attention" : "full_attention" })
  }

  /// Biases of the attention's projections.
  static let attentionBias = has("attention_bias", "blk.0.attn_q.bias")
  /// Biases of the feed-forward network.
  static let networkBias = has("mlp_bias", "blk.0.ffn_up.bias")
}
