internal import WeighbridgeByteIO
internal import WeighbridgeDigests
package import WeighbridgeJSON
package import WeighbridgeModelIR

extension MetadataValue {
  /// A value as JSON.
  ///
  /// An array of more than 16 elements is given as its count, the SHA-256 of its JSON text
  /// (elements separated by a comma and a space) and its first eight, unless `full`.
  package func json(full: Bool) -> JSONValue {
    switch self {
    case .uint64(let number): return JSONValue(number)
    case .float32(let number): return .number(Double(number))
    case .float64(let number): return .number(number)
    case .bool(let flag): return .bool(flag)
    case .string(let text): return .string(text)
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .int64:
      return .integer(integer ?? 0)
    case .array(let array):
      let elements = array.json
      guard elements.count > 16, !full else { return .array(elements) }
      let text = JSONValue.array(elements).text(compact: true)
      return [
        "count": .integer(elements.count),
        "sha256": JSONValue(SHA256.hash(Array(text.utf8)).hexadecimal),
        "head": .array(Array(elements.prefix(8))),
      ]
    }
  }

}

extension MetadataArray {
  /// The elements as JSON.
  package var json: [JSONValue] {
    switch self {
    case .float32(let values): values.map { .number(Double($0)) }
    case .float64(let values): values.map { .number($0) }
    case .bool(let values): values.map { .bool($0) }
    case .strings(let values): values.map { .string($0) }
    case .arrays(let values): values.map { .array($0.json) }
    case .uint64(let values): values.map { JSONValue($0) }
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .int64:
      (integers ?? []).map { .integer($0) }
    }
  }
}

extension JSONValue {
  /// A number of a file; one that JSON cannot hold is a string (Specs/json.md, JS-3).
  fileprivate static func number(_ value: Double) -> JSONValue {
    if value.isFinite { return .double(value) }
    return JSONValue(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
  }
}
