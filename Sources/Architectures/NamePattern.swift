package import WeighbridgeByteIO

/// A family's name for a kind of tensor: parts between dots, some of them open.
///
/// `{n}` stands for a layer's number, `{m}` for a number within it, `{e}` for an expert's, `{s}` for
/// `weight` or `bias`; every other part is literal. The same letters are filled in for a target's name.
package struct NamePattern: Hashable, Sendable {
  /// What the open parts of one name held.
  package struct Match: Hashable, Sendable {
    /// The layer, where the pattern has one.
    package var layer: Int?
    /// The number within a layer, where the pattern has one.
    package var second: Int?
    /// The expert, where the pattern has one.
    package var expert: Int?
    /// `weight` or `bias`, where the pattern leaves it open.
    package var suffix: String?
  }

  /// The pattern as it was written.
  package let text: String
  private let parts: [ByteString]
  /// Whether one name stands for one expert of several.
  package var hasExpert: Bool { parts.contains("{e}") }

  /// Reads a pattern.
  package init(_ text: String) {
    self.text = text
    self.parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { ByteString(Array($0)) }
  }

  /// The open parts of a name, or nil where it is of another kind.
  package func match(_ name: [ByteString]) -> Match? {
    guard name.count == parts.count else { return nil }
    var match = Match()
    for (part, found) in zip(parts, name) {
      switch part {
      case "{n}":
        guard let number = Self.number(found) else { return nil }
        match.layer = number
      case "{m}":
        guard let number = Self.number(found) else { return nil }
        match.second = number
      case "{e}":
        guard let number = Self.number(found) else { return nil }
        match.expert = number
      case "{s}":
        guard found == "weight" || found == "bias" else { return nil }
        match.suffix = found.text
      default:
        guard part == found else { return nil }
      }
    }
    return match
  }

  /// A name split at its dots, for `match`.
  package static func split(_ name: ByteString) -> [ByteString] {
    name.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .map { ByteString(Array($0)) }
  }

  /// The name that the pattern gives with its open parts filled in.
  package func filled(_ match: Match) -> ByteString {
    var bytes: [UInt8] = []
    for (index, part) in parts.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ".")) }
      switch part {
      case "{n}": bytes += Array("\(match.layer ?? 0)".utf8)
      case "{m}": bytes += Array("\(match.second ?? 0)".utf8)
      case "{e}": bytes += Array("\(match.expert ?? 0)".utf8)
      case "{s}": bytes += Array((match.suffix ?? "").utf8)
      default: bytes += part.bytes
      }
    }
    return ByteString(bytes)
  }

  private static func number(_ part: ByteString) -> Int? {
    guard !part.isEmpty, part.count <= 6, part.bytes.allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    return Int(part.text)
  }
}
