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
    ByteString(try reader.readBytes(try stringLength(what), what))
  }

  /// The length of a string, proven against the limit and the bytes left.
  mutating func stringLength(_ what: String) throws(FormatError) -> UInt64 {
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
    return length
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

  mutating func valueType() throws(FormatError) -> MetadataArray.Element {
    let start = reader.position
    let id = try reader.read(UInt32.self, "the type of a value")
    guard let type = MetadataArray.Element(rawValue: id) else {
      throw reader.fault(.invalidValue, "value type \(id); types 0 to 12 are known", at: start)
    }
    return type
  }

  private mutating func value(
    _ type: MetadataArray.Element
  ) throws(FormatError) -> MetadataValue {
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
    case .bool: .bool(try truth())
    case .string: .string(try string("a string"))
    case .array: .array(try array())
    }
  }

  /// Truth values are 0 or 1; ggml takes all else for true, and so do we, with a warning (GGUF-9).
  private mutating func truth() throws(FormatError) -> Bool {
    let byte = try reader.read(UInt8.self)
    if byte > 1 { hasOddTruth = true }
    return byte != 0
  }

  /// Replaces truth values other than 0 and 1.
  mutating func normalizeTruths(_ bytes: inout [UInt8]) {
    guard bytes.contains(where: { $0 > 1 }) else { return }
    hasOddTruth = true
    for index in bytes.indices where bytes[index] > 1 { bytes[index] = 1 }
  }
}
