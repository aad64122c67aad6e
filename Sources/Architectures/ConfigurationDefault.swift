package import WeighbridgeByteIO
package import WeighbridgeJSON

/// A value that transformers assumes where `config.json` says nothing.
package struct ConfigurationDefault: Sendable {
  package let key: ByteString
  /// Its value, which may follow from others.
  package let value: @Sendable (Configuration) -> JSONValue?
  /// Whether it counts even where `config.json` says something.
  package var replaces = false

  /// A fixed value.
  package init(_ key: ByteString, _ value: JSONValue) {
    self.key = key
    self.value = { _ in value }
  }

  /// A value that follows from others.
  package init(_ key: ByteString, from rule: @escaping @Sendable (Configuration) -> JSONValue?) {
    self.key = key
    self.value = rule
  }

  /// As many key heads as query heads.
  static let keyValueHeads = ConfigurationDefault("num_key_value_heads") {
    $0["num_attention_heads"]
  }

  /// The width shared out among the heads.
  static let headWidth = ConfigurationDefault("head_dim") { configuration in
    guard let width = configuration["hidden_size"]?.integer,
      let heads = configuration["num_attention_heads"]?.integer, heads > 0
    else { return nil }
    return .integer(width / heads)
  }

  /// The base of the rotary embedding, where neither style of configuration has one.
  static func ropeBase(_ base: Double) -> ConfigurationDefault {
    ConfigurationDefault("rope_theta") { $0.fullRope["rope_theta"] ?? .double(base) }
  }
}
