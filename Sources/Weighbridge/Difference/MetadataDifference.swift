package import WeighbridgeByteIO
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// What two models' metadata say, by meaning: order, widths of numbers and the kind of container do not
/// count.
package struct MetadataDifference: Sendable {
  /// A key with other values.
  package struct Entry: Hashable, Sendable {
    package let key: ByteString
    /// Nil where the left has no such key.
    package let left: MetadataValue?
    /// Nil where the right has no such key.
    package let right: MetadataValue?
    /// Whether it only says how the model is stored.
    package let isStorage: Bool
  }

  package private(set) var entries: [Entry] = []
  /// Keys that both have with the same value.
  package private(set) var same = 0

  private static let container: Set<ByteString> = [
    "general.alignment", "split.no", "split.count", "split.tensors.count", "edit.reserve",
  ]
  private static let storage: Set<ByteString> = [
    "general.file_type", "general.quantization_version", "quantize.imatrix.file",
    "quantize.imatrix.dataset", "quantize.imatrix.entries_count", "quantize.imatrix.chunks_count",
  ]

  /// Compares all but tokens and templates, which have comparisons of their own.
  package init(_ left: Metadata, _ right: Metadata) {
    func isCompared(_ key: ByteString) -> Bool {
      !Self.container.contains(key) && !key.hasPrefix("tokenizer.chat_template")
        && !TokenizerDifference.lists.contains(key)
    }
    for entry in left.entries where isCompared(entry.key) {
      let other = right[entry.key]
      if let other, Self.isSame(entry.value, other) {
        same += 1
      } else {
        entries.append(
          Entry(
            key: entry.key, left: entry.value, right: other,
            isStorage: Self.storage.contains(entry.key)))
      }
    }
    for entry in right.entries where isCompared(entry.key) && left[entry.key] == nil {
      entries.append(
        Entry(
          key: entry.key, left: nil, right: entry.value,
          isStorage: Self.storage.contains(entry.key)))
    }
  }

  /// Whether two values mean the same.
  package static func isSame(_ left: MetadataValue, _ right: MetadataValue) -> Bool {
    if left == right { return true }
    if let own = left.integer, let other = right.integer { return own == other }
    if let own = number(left), let other = number(right) {
      return own == other || Float(own) == Float(other) || (own.isNaN && other.isNaN)
    }
    if let own = left.array, let other = right.array {
      guard own.count == other.count else { return false }
      return zip(own.elements, other.elements).allSatisfy { isSame($0, $1) }
    }
    return false
  }

  private static func number(_ value: MetadataValue) -> Double? {
    switch value {
    case .float32(let number): Double(number)
    case .float64(let number): number
    default: value.integer.map { Double($0) }
    }
  }

  /// A value in one short line.
  package static func shown(_ value: MetadataValue?) -> String {
    guard let value else { return "–" }
    if let text = value.string {
      let line = text.text.split(whereSeparator: \.isNewline).joined(separator: "⏎")
      return line.count > 60 ? "'\(line.prefix(57))…'" : "'\(line)'"
    }
    if let array = value.array {
      let head = array.prefix(4).elements.map { shown($0) }.joined(separator: ", ")
      return array.count > 4 ? "[\(head), … \(array.count) in all]" : "[\(head)]"
    }
    switch value {
    case .float32(let number): return "\(number)"
    case .float64(let number): return "\(number)"
    case .bool(let flag): return flag ? "true" : "false"
    default: return value.integer.map { "\($0)" } ?? value.typeName
    }
  }
}
