package import WeighbridgeByteIO

/// What metadata say under an architecture's name, `llama.block_count`: the one reader of such keys.
///
/// A value may be given once or once for each layer; those who ask for a layer get its own.
package struct ArchitectureKeys: Sendable {
  /// `general.architecture`; empty where the metadata do not say it.
  package let name: String
  /// All metadata.
  package let metadata: Metadata

  /// The most that any dimension or count may be: products of two and some sums still fit.
  package static let limit = 1 << 28

  /// Reads what `metadata` say.
  package init(_ metadata: Metadata) {
    self.metadata = metadata
    name = metadata["general.architecture"]?.string?.text ?? ""
  }

  /// The whole key: `llama.attention.head_count`.
  package func key(_ suffix: ByteString) -> ByteString { "\(name).\(suffix)" }

  /// The value as it is.
  package subscript(suffix: ByteString) -> MetadataValue? { metadata[key(suffix)] }

  /// An integer: that of a layer where there is one for each; without a layer that of the first.
  package func integer(_ suffix: ByteString, layer: Int? = nil) -> Int? {
    guard let value = self[suffix] else { return nil }
    guard let list = value.array else { return value.integer }
    return list.number(layer ?? 0)?.integer
  }

  /// A number: that of a layer where there is one for each.
  package func float(_ suffix: ByteString, layer: Int? = nil) -> Float? {
    let value = self[suffix]
    guard let layer, let list = value?.array else { return value?.float }
    return list.number(layer)?.float
  }

  /// A number that counts only where it is finite and not zero.
  package func nonZero(_ suffix: ByteString, layer: Int? = nil) -> Float? {
    float(suffix, layer: layer).flatMap { $0 != 0 && $0.isFinite ? $0 : nil }
  }

  /// A truth value.
  package func bool(_ suffix: ByteString) -> Bool? { self[suffix]?.bool }

  /// A text.
  package func text(_ suffix: ByteString) -> String? { self[suffix]?.string?.text }

  /// A truth value for each layer, or one for all; a number is true where it is not zero.
  package func flag(_ suffix: ByteString, layer: Int) -> Bool? {
    switch self[suffix] {
    case .bool(let flag): flag
    case .array(let list):
      list.number(layer).flatMap { number in number.bool ?? number.integer.map { $0 != 0 } }
    default: nil
    }
  }

  /// A positive number that must be there.
  package func count(_ suffix: ByteString, layer: Int? = nil) throws(ModelError) -> Int {
    guard let count = try optionalCount(suffix, layer: layer) else {
      throw ModelError(.missingMetadata, key(suffix).text, "the key is missing, or zero")
    }
    return count
  }

  /// A positive number; nil where it is missing or zero.
  ///
  /// Throws where it is no number from 0 to `limit`.
  package func optionalCount(
    _ suffix: ByteString, layer: Int? = nil
  ) throws(ModelError) -> Int? {
    guard let value = self[suffix] else { return nil }
    let number = layer == nil ? value.integer : integer(suffix, layer: layer)
    guard let number, number >= 0, number <= Self.limit else {
      throw ModelError(
        .invalidMetadata, key(suffix).text,
        "a number from 1 to \(Self.limit) is expected\(layer.map { " for layer \($0)" } ?? "")")
    }
    return number == 0 ? nil : number
  }
}
