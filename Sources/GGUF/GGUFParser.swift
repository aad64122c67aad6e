internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Reads the parts of a GGUF header, one after another.
///
/// Nothing is allocated by a number of the file before `readCount` has proven that what it counts
/// fits into the bytes that are left (GGUF-5).
struct GGUFParser: ~Copyable {
  var reader: ByteReader
  private(set) var version: UInt32
  /// Keys with truth values that are neither 0 nor 1.
  private(set) var oddTruths: [ByteString] = []
  private var hasOddTruth = false

  /// Reads magic and version, and finds the order of bytes (GGUF-1 to GGUF-3).
  init(_ source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    reader = ByteReader(source, limits: limits)
    version = 0
    let magic = try reader.readBytes(min(4, reader.remaining), "the magic")
    guard magic == GGUF.magic else {
      if !magic.isEmpty, magic.count < 4, GGUF.magic.starts(with: magic) {
        throw reader.fault(.truncated, "the file ends inside the magic", at: 0)
      }
      throw Self.notThisFormat(source)
    }
    version = try reader.read(UInt32.self, "the version")
    // A big-endian file read as little-endian has its version in the upper half.
    if version != 0, version & 0xFFFF == 0 {
      reader.byteOrder = .big
      version = version.byteSwapped
    }
    guard (1...3).contains(version) else {
      throw reader.fault(
        .unsupportedVersion, "GGUF version \(version); versions 1 to 3 are known", at: 4)
    }
  }

  private static func notThisFormat(_ source: any ByteSource) -> FormatError {
    do {
      let kind = ForeignFile(try source.readPrefix(4096))
      return FormatError(
        .notThisFormat, "not a GGUF file but \(kind.description)", in: source.name, at: 0,
        hint: kind.hint)
    } catch { return FormatError(error) }
  }

  mutating func count(
    minimumSize: UInt64, limit: UInt64, _ what: String
  ) throws(FormatError) -> Int {
    if version == 1 {
      return try reader.readCount(
        as: UInt32.self, minimumSize: minimumSize, limit: limit, what)
    }
    return try reader.readCount(as: UInt64.self, minimumSize: minimumSize, limit: limit, what)
  }

  /// A length and that many bytes (GGUF-6).
  mutating func string(_ what: String) throws(FormatError) -> ByteString {
    let start = reader.position
    let length =
      version == 1 ? UInt64(try reader.read(UInt32.self, what)) : try reader.read(UInt64.self, what)
    guard length <= reader.limits.stringBytes else {
      throw reader.fault(
        .limitExceeded,
        "\(what) has \(length) bytes; at most \(reader.limits.stringBytes) are allowed", at: start)
    }
    guard length <= reader.remaining else {
      throw reader.fault(
        .truncated, "\(what) has \(length) bytes, and the file only \(reader.remaining) more",
        at: start)
    }
    return ByteString(try reader.readBytes(length, what))
  }

  /// All entries of metadata (GGUF-7).
  mutating func metadata(_ count: Int) throws(FormatError) -> Metadata {
    var metadata = Metadata()
    for index in 0..<count {
      let start = reader.position
      let key = try string("the key of entry \(index)")
      guard !key.isEmpty else {
        throw reader.fault(.invalidValue, "the key of entry \(index) is empty", at: start)
      }
      let value: MetadataValue
      do {
        let type = try valueType()
        value = try self.value(type)
      } catch { throw error.about("metadata '\(key)'") }
      if hasOddTruth { oddTruths.append(key) }
      hasOddTruth = false
      guard metadata.append(key, value) else {
        throw reader.fault(.duplicateName, "the key '\(key)' occurs twice", at: start)
      }
    }
    return metadata
  }

  private mutating func valueType() throws(FormatError) -> GGUFValueType {
    let start = reader.position
    let id = try reader.read(UInt32.self, "the type of a value")
    guard let type = GGUFValueType(rawValue: id) else {
      throw reader.fault(.invalidValue, "value type \(id); types 0 to 12 are known", at: start)
    }
    return type
  }

  private mutating func value(_ type: GGUFValueType) throws(FormatError) -> MetadataValue {
    switch type {
    case .uint8: .uint8(try reader.read())
    case .int8: .int8(try reader.read())
    case .uint16: .uint16(try reader.read())
    case .int16: .int16(try reader.read())
    case .uint32: .uint32(try reader.read())
    case .int32: .int32(try reader.read())
    case .uint64: .uint64(try reader.read())
    case .int64: .int64(try reader.read())
    case .float32: .float32(try reader.readFloat())
    case .float64: .float64(try reader.readDouble())
    case .bool: .bool(try bools(1)[0])
    case .string: .string(try string("a string"))
    case .array: .array(try array(depth: reader.limits.depth))
    }
  }

  private mutating func array(depth: Int) throws(FormatError) -> MetadataArray {
    guard depth > 0 else { throw reader.fault(.limitExceeded, "arrays nest too deep") }
    let type = try valueType()
    let count = try count(
      minimumSize: type.minimumSize(version: version), limit: reader.limits.arrayElements,
      "the length of an array")
    switch type {
    case .uint8: return .uint8(try numbers(count))
    case .int8: return .int8(try numbers(count))
    case .uint16: return .uint16(try numbers(count))
    case .int16: return .int16(try numbers(count))
    case .uint32: return .uint32(try numbers(count))
    case .int32: return .int32(try numbers(count))
    case .uint64: return .uint64(try numbers(count))
    case .int64: return .int64(try numbers(count))
    case .float32: return .float32(try numbers(count).map { Float(bitPattern: $0) })
    case .float64: return .float64(try numbers(count).map { Double(bitPattern: $0) })
    case .bool: return .bool(try bools(count))
    case .string: return .strings(try strings(count))
    case .array: return .arrays(try arrays(count, depth: depth))
    }
  }

  private mutating func strings(_ count: Int) throws(FormatError) -> [ByteString] {
    var strings: [ByteString] = []
    strings.reserveCapacity(count)
    for _ in 0..<count { strings.append(try string("a string of an array")) }
    return strings
  }

  private mutating func arrays(_ count: Int, depth: Int) throws(FormatError) -> [MetadataArray] {
    var arrays: [MetadataArray] = []
    for _ in 0..<count { arrays.append(try array(depth: depth - 1)) }
    return arrays
  }

  /// Truth values are 0 or 1; ggml takes all else for true, and so do we, with a warning (GGUF-9).
  private mutating func bools(_ count: Int) throws(FormatError) -> [Bool] {
    let bytes: [UInt8] = try numbers(count)
    if bytes.contains(where: { $0 > 1 }) { hasOddTruth = true }
    return bytes.map { $0 != 0 }
  }

  /// Numbers in bulk; `count` was proven against the bytes left.
  private mutating func numbers<T: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int
  ) throws(FormatError) -> [T] {
    let size = MemoryLayout<T>.size
    let chunk = 65_536 / size
    var result: [T] = []
    result.reserveCapacity(count)
    while result.count < count {
      let part = min(chunk, count - result.count)
      let bytes = try reader.readBytes(UInt64(part * size), "an array")
      let isBig = reader.byteOrder == .big
      unsafe bytes.withUnsafeBytes { raw in
        for index in 0..<part {
          let value = unsafe raw.loadUnaligned(fromByteOffset: index * size, as: T.self)
          result.append(isBig ? T(bigEndian: value) : T(littleEndian: value))
        }
      }
    }
    return result
  }
}
