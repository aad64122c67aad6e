internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Appends the parts of a GGUF header in one byte order.
struct GGUFWriter {
  private(set) var bytes: [UInt8] = []
  let byteOrder: ByteOrder

  init(byteOrder: ByteOrder) { self.byteOrder = byteOrder }

  mutating func write(_ value: some FixedWidthInteger) {
    let ordered = byteOrder == .big ? value.bigEndian : value.littleEndian
    unsafe withUnsafeBytes(of: ordered) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func write(raw: [UInt8]) { bytes.append(contentsOf: raw) }

  mutating func write(_ string: ByteString) {
    write(UInt64(string.count))
    bytes.append(contentsOf: string.bytes)
  }

  private mutating func write(_ type: MetadataArray.Element) { write(type.rawValue) }

  /// Zeros up to a multiple of `alignment`.
  mutating func pad(to alignment: Int) {
    let rest = bytes.count % alignment
    if rest > 0 { bytes.append(contentsOf: repeatElement(0, count: alignment - rest)) }
  }

  mutating func write(_ entry: Metadata.Entry) {
    write(entry.key)
    write(entry.value)
  }

  /// The type, then the value.
  private mutating func write(_ value: MetadataValue) {
    switch value {
    case .uint8(let value): scalar(.uint8, value)
    case .int8(let value): scalar(.int8, value)
    case .uint16(let value): scalar(.uint16, value)
    case .int16(let value): scalar(.int16, value)
    case .uint32(let value): scalar(.uint32, value)
    case .int32(let value): scalar(.int32, value)
    case .uint64(let value): scalar(.uint64, value)
    case .int64(let value): scalar(.int64, value)
    case .float32(let value): scalar(.float32, value.bitPattern)
    case .float64(let value): scalar(.float64, value.bitPattern)
    case .bool(let value): scalar(.bool, value ? 1 as UInt8 : 0)
    case .string(let value):
      write(MetadataArray.Element.string)
      write(value)
    case .array(let value):
      write(MetadataArray.Element.array)
      write(value)
    }
  }

  private mutating func scalar(_ type: MetadataArray.Element, _ value: some FixedWidthInteger) {
    write(type)
    write(value)
  }

  /// The type of the elements, their number, then the elements.
  private mutating func write(_ array: MetadataArray) {
    write(array.element)
    write(UInt64(array.count))
    // What an array holds is what a little-endian file has.
    guard byteOrder == .big, array.element.byteCount != 1 else {
      return bytes.append(contentsOf: array.bytes)
    }
    switch array.element {
    case .uint8, .int8, .bool: bytes.append(contentsOf: array.bytes)
    case .uint16, .int16, .uint32, .int32, .uint64, .int64, .float32, .float64:
      let size = array.element.byteCount ?? 1
      for start in stride(from: 0, to: array.bytes.count, by: size) {
        bytes.append(contentsOf: array.bytes[start..<start + size].reversed())
      }
    case .string:
      for element in array.elements { if let string = element.string { write(string) } }
    case .array:
      for element in array.elements { if let inner = element.array { write(inner) } }
    }
  }
}
