internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Arrays stay bytes (GGUF-10): what `MetadataArray` holds is what little-endian files have.
extension GGUFParser {
  /// Type, count and elements.
  mutating func array() throws(FormatError) -> MetadataArray {
    let (type, count) = try arrayHeader()
    let start = reader.position
    var odd = false
    let size = try skipElements(type, count, depth: reader.limits.depth, &odd)
    // Numbers are turned in place; strings have lengths to be turned or widened.
    if !odd, type.byteCount != nil || (version > 1 && reader.byteOrder == .little) {
      reader.rewind(to: start)
      var bytes = try reader.readArray(size, "an array")
      if type == .bool { normalizeTruths(&bytes) }
      if reader.byteOrder == .big, let width = type.byteCount, width > 1 {
        for place in stride(from: 0, to: bytes.count, by: width) {
          bytes[place..<place + width].reverse()
        }
      }
      return try proven(type, count, bytes, at: start)
    }
    reader.rewind(to: start)
    var bytes: [UInt8] = []
    try appendElements(type, count, to: &bytes)
    return try proven(type, count, bytes, at: start)
  }

  private func proven(
    _ type: MetadataArray.Element, _ count: Int, _ bytes: [UInt8], at start: UInt64
  ) throws(FormatError) -> MetadataArray {
    guard let array = MetadataArray(type, count: count, bytes: bytes) else {
      throw reader.fault(
        .invalidValue, "the elements of an array changed while it was read", at: start)
    }
    return array
  }

  private mutating func arrayHeader() throws(FormatError) -> (MetadataArray.Element, Int) {
    let type = try valueType()
    let count = try count(
      minimumSize: type.minimumSize(version: version), limit: reader.limits.arrayElements,
      "the length of an array")
    return (type, count)
  }

  /// Proves every length within an array and says how many bytes it takes; `odd` becomes true where
  /// truth values lie within arrays of arrays, which are read one by one.
  private mutating func skipElements(
    _ type: MetadataArray.Element, _ count: Int, depth: Int, _ odd: inout Bool
  ) throws(FormatError) -> UInt64 {
    let start = reader.position
    if let size = type.byteCount {
      try reader.skip(UInt64(count) * UInt64(size), "an array")
      if type == .bool, depth < reader.limits.depth { odd = true }
      return reader.position - start
    }
    guard depth > 0 else { throw reader.fault(.limitExceeded, "arrays nest too deep") }
    for _ in 0..<count {
      if type == .string {
        try reader.skip(try stringLength("a string of an array"), "a string of an array")
      } else {
        let (inner, length) = try arrayHeader()
        _ = try skipElements(inner, length, depth: depth - 1, &odd)
      }
    }
    return reader.position - start
  }

  /// Appends elements in the form of `MetadataArray`; everything about them is proven.
  private mutating func appendElements(
    _ type: MetadataArray.Element, _ count: Int, to bytes: inout [UInt8]
  ) throws(FormatError) {
    for _ in 0..<count {
      switch type {
      case .uint8, .int8: append(try reader.read(UInt8.self), to: &bytes)
      case .bool:
        var truth = [try reader.read(UInt8.self)]
        normalizeTruths(&truth)
        bytes += truth
      case .uint16, .int16: append(try reader.read(UInt16.self), to: &bytes)
      case .uint32, .int32, .float32: append(try reader.read(UInt32.self), to: &bytes)
      case .uint64, .int64, .float64: append(try reader.read(UInt64.self), to: &bytes)
      case .string:
        let string = try string("a string of an array")
        append(UInt64(string.count), to: &bytes)
        bytes += string.bytes
      case .array:
        let (inner, length) = try arrayHeader()
        append(inner.rawValue, to: &bytes)
        append(UInt64(length), to: &bytes)
        try appendElements(inner, length, to: &bytes)
      }
    }
  }

  private func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }
}
