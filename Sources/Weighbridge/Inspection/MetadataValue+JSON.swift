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
      guard array.count > 16, !full else { return .array(array.json) }
      var running = SHA256()
      array.writeJSON { running.update($0) }
      return [
        "count": .integer(array.count),
        "sha256": JSONValue(running.finalize().hexadecimal),
        "head": .array(array.prefix(8).json),
      ]
    }
  }

  /// Writes the value as `json(full:)` gives it; a whole array takes one piece of memory.
  package func write(to stream: inout JSONStream, full: Bool) {
    guard case .array(let array) = self, full || array.count <= 16 else {
      return stream.value(json(full: full))
    }
    array.writeJSON { stream.verbatim(String(decoding: $0, as: UTF8.self)) }
  }

  /// The JSON text of the value, in pieces: an array of any length takes one piece of memory.
  package func writeJSON(to body: ([UInt8]) -> Void) {
    guard case .array(let array) = self else {
      return body(Array(json(full: true).text(compact: true).utf8))
    }
    array.writeJSON(to: body)
  }
}

extension MetadataArray {
  /// Every element as JSON.
  package var json: [JSONValue] { elements.map { $0.json(full: true) } }

  private static let pieceBytes = 1 << 16

  fileprivate func writeJSON(to body: ([UInt8]) -> Void) {
    var piece: [UInt8] = [UInt8(ascii: "[")]
    for (index, element) in elements.enumerated() {
      if index > 0 { piece += [UInt8(ascii: ","), UInt8(ascii: " ")] }
      if let integer = element.integer {
        Self.append(integer, to: &piece)
      } else if case .array(let inner) = element {
        body(piece)
        piece.removeAll(keepingCapacity: true)
        inner.writeJSON(to: body)
      } else {
        piece += Array(element.json(full: true).text(compact: true).utf8)
      }
      if piece.count >= Self.pieceBytes {
        body(piece)
        piece.removeAll(keepingCapacity: true)
      }
    }
    piece.append(UInt8(ascii: "]"))
    body(piece)
  }

  /// Decimal digits without a string on the way: arrays of bytes have a hundred million.
  private static func append(_ integer: Int, to piece: inout [UInt8]) {
    if integer < 0 { piece.append(UInt8(ascii: "-")) }
    let start = piece.count
    var rest = integer.magnitude
    repeat {
      piece.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    piece[start...].reverse()
  }
}

extension JSONValue {
  /// A number of a file; one that JSON cannot hold is a string (Specs/json.md, JS-3).
  fileprivate static func number(_ value: Double) -> JSONValue {
    if value.isFinite { return .double(value) }
    return JSONValue(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
  }
}
