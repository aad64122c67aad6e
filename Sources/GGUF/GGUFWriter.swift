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

  private mutating func write(_ type: GGUFValueType) { write(type.rawValue) }

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
      write(GGUFValueType.string)
      write(value)
    case .array(let value):
      write(GGUFValueType.array)
      write(value)
    }
  }

  private mutating func scalar(_ type: GGUFValueType, _ value: some FixedWidthInteger) {
    write(type)
    write(value)
  }

  /// The type of the elements, their number, then the elements.
  private mutating func write(_ array: MetadataArray) {
    switch array {
    case .uint8(let values): elements(.uint8, values)
    case .int8(let values): elements(.int8, values)
    case .uint16(let values): elements(.uint16, values)
    case .int16(let values): elements(.int16, values)
    case .uint32(let values): elements(.uint32, values)
    case .int32(let values): elements(.int32, values)
    case .uint64(let values): elements(.uint64, values)
    case .int64(let values): elements(.int64, values)
    case .float32(let values): elements(.float32, values.map(\.bitPattern))
    case .float64(let values): elements(.float64, values.map(\.bitPattern))
    case .bool(let values): elements(.bool, values.map { $0 ? 1 as UInt8 : 0 })
    case .strings(let values):
      start(.string, count: values.count)
      for value in values { write(value) }
    case .arrays(let values):
      start(.array, count: values.count)
      for value in values { write(value) }
    }
  }

  private mutating func elements(_ type: GGUFValueType, _ values: [some FixedWidthInteger]) {
    start(type, count: values.count)
    for value in values { write(value) }
  }

  private mutating func start(_ type: GGUFValueType, count: Int) {
    write(type)
    write(UInt64(count))
  }
}
