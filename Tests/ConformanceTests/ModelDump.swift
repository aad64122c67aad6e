import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeModelIR

/// A model as the text that stands beside a fixture.
enum ModelDump {
  static func text(_ model: Model) throws -> String {
    var lines = [heading(model)]
    for entry in model.metadata.entries {
      lines.append("metadata \(quoted(entry.key)) \(text(entry.value))")
    }
    for tensor in model.tensors {
      let layout = tensor.layout
      let bytes = try tensor.payload.readBytes(rows: 0..<layout.rowCount)
      lines.append(
        "tensor \(quoted(tensor.name)) \(layout.encoding.name) \(layout.shape) "
          + "at \(tensor.location?.offset ?? 0), \(bytes.count) bytes, "
          + "sha256 \(SHA256.hash(bytes).hexadecimal)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func heading(_ model: Model) -> String {
    model.origin.format == "GGUF"
      ? "GGUF \(model.origin.version) \(model.origin.byteOrder.rawValue)" : model.origin.format
  }

  static func quoted(_ string: ByteString) -> String {
    let characters = string.bytes.map { byte in
      (0x20..<0x7F).contains(byte) && byte != 0x22 && byte != 0x5C
        ? String(UnicodeScalar(byte)) : "\\x" + hexadecimal(byte, digits: 2)
    }
    return "\"" + characters.joined() + "\""
  }

  private static func hexadecimal(_ number: some BinaryInteger, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: digits - text.count) + text
  }

  private static func text(_ value: MetadataValue) -> String {
    switch value {
    case .uint8(let value): "uint8 \(value)"
    case .int8(let value): "int8 \(value)"
    case .uint16(let value): "uint16 \(value)"
    case .int16(let value): "int16 \(value)"
    case .uint32(let value): "uint32 \(value)"
    case .int32(let value): "int32 \(value)"
    case .uint64(let value): "uint64 \(value)"
    case .int64(let value): "int64 \(value)"
    case .float32(let value): "float32 0x\(hexadecimal(value.bitPattern, digits: 8))"
    case .float64(let value): "float64 0x\(hexadecimal(value.bitPattern, digits: 16))"
    case .bool(let value): "bool \(value)"
    case .string(let value): "string \(quoted(value))"
    case .array(let value): "array[\(elementName(value))] \(text(value))"
    }
  }

  private static func elementName(_ array: MetadataArray) -> String {
    switch array.element {
    case .uint8: "uint8"
    case .int8: "int8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .uint32: "uint32"
    case .int32: "int32"
    case .uint64: "uint64"
    case .int64: "int64"
    case .float32: "float32"
    case .float64: "float64"
    case .bool: "bool"
    case .string: "string"
    case .array: "array"
    }
  }

  private static func text(_ array: MetadataArray) -> String {
    let elements = array.elements.map { element in
      switch element {
      case .uint8(let value): "\(value)"
      case .int8(let value): "\(value)"
      case .uint16(let value): "\(value)"
      case .int16(let value): "\(value)"
      case .uint32(let value): "\(value)"
      case .int32(let value): "\(value)"
      case .uint64(let value): "\(value)"
      case .int64(let value): "\(value)"
      case .float32(let value): "0x" + hexadecimal(value.bitPattern, digits: 8)
      case .float64(let value): "0x" + hexadecimal(value.bitPattern, digits: 16)
      case .bool(let value): "\(value)"
      case .string(let value): quoted(value)
      case .array(let value): text(value)
      }
    }
    return "[" + elements.joined(separator: ", ") + "]"
  }
}

/// A laid out model as the bytes of its file.
func written(_ model: Model, as layout: FileLayout) throws -> [UInt8] {
  var bytes = layout.header
  bytes += [UInt8](repeating: 0, count: Int(layout.byteCount) - bytes.count)
  for (tensor, offset) in zip(model.tensors, layout.payloadOffsets) {
    let data = try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount)
    bytes.replaceSubrange(Int(offset)..<Int(offset) + data.count, with: data)
  }
  return bytes
}
