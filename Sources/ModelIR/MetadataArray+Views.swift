package import WeighbridgeByteIO

/// Whole arrays of values, for those who need all of them.
extension MetadataArray {
  /// The elements as integers, where all are and fit.
  package var integers: [Int]? {
    switch element {
    case .uint8: bytes.map { Int($0) }
    case .int8: values(Int8.self).map { Int($0) }
    case .uint16: values(UInt16.self).map { Int($0) }
    case .int16: values(Int16.self).map { Int($0) }
    case .uint32: values(UInt32.self).map { Int($0) }
    case .int32: values(Int32.self).map { Int($0) }
    case .uint64: fitting(values(UInt64.self))
    case .int64: values(Int64.self).map { Int($0) }
    case .float32, .float64, .bool, .string, .array: nil
    }
  }

  private func fitting(_ values: [UInt64]) -> [Int]? {
    values.allSatisfy { $0 <= UInt64(Int.max) } ? values.map { Int($0) } : nil
  }

  /// The elements as floats, where they are.
  package var floats: [Float]? {
    switch element {
    case .float32: values(UInt32.self).map { Float(bitPattern: $0) }
    case .float64: values(UInt64.self).map { Float(Double(bitPattern: $0)) }
    case .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64, .bool, .string, .array:
      nil
    }
  }

  /// The elements, where they are strings.
  package var strings: [ByteString]? {
    guard element == .string else { return nil }
    var strings: [ByteString] = []
    strings.reserveCapacity(count)
    for value in elements { if let string = value.string { strings.append(string) } }
    return strings
  }

  /// The elements, where they are truth values.
  package var bools: [Bool]? { element == .bool ? bytes.map { $0 != 0 } : nil }

  /// The elements, where they are bytes without a sign.
  package var uint8s: [UInt8]? { element == .uint8 ? bytes : nil }

  /// The elements, where they are arrays.
  package var arrays: [MetadataArray]? {
    element == .array ? elements.compactMap(\.array) : nil
  }

  private func values<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type
  ) -> [Number] {
    (0..<count).map { bytes.load(at: $0 * MemoryLayout<Number>.size) }
  }
}

/// Arrays from values.
extension MetadataArray {
  package static func uint8(_ values: [UInt8]) -> Self {
    Self(proven: .uint8, count: values.count, bytes: values)
  }
  package static func int8(_ values: [Int8]) -> Self { numbers(.int8, values) }
  package static func uint16(_ values: [UInt16]) -> Self { numbers(.uint16, values) }
  package static func int16(_ values: [Int16]) -> Self { numbers(.int16, values) }
  package static func uint32(_ values: [UInt32]) -> Self { numbers(.uint32, values) }
  package static func int32(_ values: [Int32]) -> Self { numbers(.int32, values) }
  package static func uint64(_ values: [UInt64]) -> Self { numbers(.uint64, values) }
  package static func int64(_ values: [Int64]) -> Self { numbers(.int64, values) }
  package static func float32(_ values: [Float]) -> Self {
    numbers(.float32, values.map(\.bitPattern))
  }
  package static func float64(_ values: [Double]) -> Self {
    numbers(.float64, values.map(\.bitPattern))
  }
  package static func bool(_ values: [Bool]) -> Self {
    Self(proven: .bool, count: values.count, bytes: values.map { $0 ? 1 : 0 })
  }

  package static func strings(_ values: [ByteString]) -> Self {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.reduce(0) { $0 + 8 + $1.count })
    for value in values {
      bytes.append(UInt64(value.count))
      bytes += value.bytes
    }
    return Self(proven: .string, count: values.count, bytes: bytes)
  }

  /// Arrays in an array; deeper than 64 they are a bug of the caller.
  package static func arrays(_ values: [MetadataArray]) -> Self {
    var bytes: [UInt8] = []
    for value in values {
      bytes.append(value.element.rawValue)
      bytes.append(UInt64(value.count))
      bytes += value.bytes
    }
    return Self(proven: .array, count: values.count, bytes: bytes)
  }

  private static func numbers(_ element: Element, _ values: [some FixedWidthInteger]) -> Self {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * (element.byteCount ?? 0))
    for value in values { bytes.append(value) }
    return Self(proven: element, count: values.count, bytes: bytes)
  }
}

extension [UInt8] {
  /// A little-endian integer.
  @inline(__always)
  func load<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type = Number.self, at place: Int
  ) -> Number {
    unsafe withUnsafeBytes { bytes in
      Number(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
    }
  }

  fileprivate mutating func append(_ value: some FixedWidthInteger) {
    unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
  }
}
