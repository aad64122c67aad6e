import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// Metadata values as people and programs read them.
enum MetadataText {
  /// A value as JSON.
  ///
  /// An array of more than 16 elements is given as its count, the SHA-256 of its JSON text
  /// (elements separated by a comma and a space) and its first eight, unless `full`.
  static func json(_ value: MetadataValue, full: Bool) -> JSONValue {
    switch value {
    case .uint64(let number): return JSONValue(number)
    case .float32(let number): return .double(Double(number))
    case .float64(let number): return .double(number)
    case .bool(let flag): return .bool(flag)
    case .string(let text): return .string(text)
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .int64:
      return .integer(value.integer ?? 0)
    case .array(let array):
      let elements = json(array)
      guard elements.count > 16, !full else { return .array(elements) }
      let text = JSONValue.array(elements).text(compact: true)
      return [
        "count": .integer(elements.count),
        "sha256": JSONValue(SHA256.hash(Array(text.utf8)).hexadecimal),
        "head": .array(Array(elements.prefix(8))),
      ]
    }
  }

  private static func json(_ array: MetadataArray) -> [JSONValue] {
    switch array {
    case .float32(let values): values.map { .double(Double($0)) }
    case .float64(let values): values.map { .double($0) }
    case .bool(let values): values.map { .bool($0) }
    case .strings(let values): values.map { .string($0) }
    case .arrays(let values): values.map { .array(json($0)) }
    case .uint64(let values): values.map { JSONValue($0) }
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .int64:
      (array.integers ?? []).map { .integer($0) }
    }
  }

  /// A value on one line.
  static func line(_ value: MetadataValue) -> String {
    switch value {
    case .string(let text): return text.text.displayed()
    case .float32(let number): return "\(number)"
    case .float64(let number): return "\(number)"
    case .bool(let flag): return "\(flag)"
    case .uint64(let number): return "\(number)"
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .int64: return "\(value.integer ?? 0)"
    case .array(let array):
      let head = json(array).prefix(6).map { $0.text(compact: true) }.joined(separator: ", ")
      let more = array.count > 6 ? ", …" : ""
      return "\(NumberFormat.grouped(array.count)): [\(head)\(more)]"
    }
  }
}
