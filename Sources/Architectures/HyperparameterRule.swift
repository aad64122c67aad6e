package import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// How one entry of GGUF metadata follows from `config.json`.
///
/// Rules stand in the order in which llama.cpp's converter writes their keys; a rule that gives nil
/// writes nothing. `{arch}` in a key is the architecture's name.
package struct HyperparameterRule: Sendable {
  /// The GGUF key.
  package let key: String
  /// The keys of `config.json` that it reads, the first that is there; none where it computes.
  package let names: [ByteString]
  /// The value, of the type that llama.cpp writes.
  package let value: @Sendable (Configuration) throws(ModelError) -> MetadataValue?

  /// A rule of any kind.
  package init(
    _ key: String, reading names: [ByteString] = [],
    _ value: @escaping @Sendable (Configuration) throws(ModelError) -> MetadataValue?
  ) {
    self.key = key
    self.names = names
    self.value = value
  }

  /// A 32-bit count from the first key that is there.
  package static func count(_ key: String, _ names: ByteString...) -> HyperparameterRule {
    HyperparameterRule(key, reading: names) { (configuration) throws(ModelError) in
      guard let number = try configuration.optionalCount(of: names) else { return nil }
      return .uint32(UInt32(number))
    }
  }

  /// A 32-bit count that a rule computes.
  package static func count(
    _ key: String, reading names: [ByteString] = [],
    _ rule: @escaping @Sendable (Configuration) throws(ModelError) -> Int?
  ) -> HyperparameterRule {
    HyperparameterRule(key, reading: names) { (configuration) throws(ModelError) in
      guard let number = try rule(configuration) else { return nil }
      guard let value = UInt32(exactly: number) else {
        throw ModelError(.invalidMetadata, "config.json", "\(number) does not fit '\(key)'")
      }
      return .uint32(value)
    }
  }

  /// A single-precision number from the first key that is there.
  package static func number(_ key: String, _ names: ByteString...) -> HyperparameterRule {
    HyperparameterRule(key, reading: names) { (configuration) throws(ModelError) in
      guard let value = configuration.first(of: names) else { return nil }
      return try Configuration.number(value, names).map { .float32(Float($0)) }
    }
  }

  /// A single-precision number that a rule computes.
  package static func number(
    _ key: String, _ rule: @escaping @Sendable (Configuration) throws(ModelError) -> Double?
  ) -> HyperparameterRule {
    HyperparameterRule(key) { (configuration) throws(ModelError) in
      try rule(configuration).map { .float32(Float($0)) }
    }
  }

  /// A number within the rotary parameters of layers with full attention.
  static func rope(
    _ key: String, _ names: ByteString..., when type: @escaping @Sendable (String) -> Bool
  ) -> HyperparameterRule {
    number(key) { (configuration) throws(ModelError) in
      guard type(configuration.ropeType ?? ""), configuration.fullRope["factor"] != nil else {
        return nil
      }
      let value = names.lazy.compactMap { configuration.fullRope[$0] }.first
      return value?.isNull == true ? nil : try Configuration.number(value, names)
    }
  }

  /// The place of `general.file_type` among the keys; the conversion sets its value.
  package static let fileType = HyperparameterRule("general.file_type") { _ in .uint32(0) }
}

extension Configuration {
  /// The kind of rotary scaling of layers with full attention, as `config.json` spells it.
  package var ropeType: String? { fullRope["rope_type"]?.text }
}
