internal import WeighbridgeByteIO

/// One file in a zip archive, its bytes proven to lie in the archive.
struct ZipEntry {
  /// The path within the archive.
  let name: ByteString
  /// 0 for bytes stored as they are; anything else is a compression.
  let method: UInt16
  /// The bytes in the archive, compressed or not.
  let extent: ByteExtent
}

/// The central directory of a zip archive (PT-10 to PT-16), read strictly.
///
/// Everything is proven before it is returned: the directory ends where its end record begins, local
/// headers repeat what the directory says, names occur once, and no two entries share a byte.
struct ZipDirectory {
  /// The entries, in the order of the directory.
  let entries: [ZipEntry]
  private let places: [ByteString: Int]

  /// Reads the directory and the local header of every entry.
  init(_ source: any ByteSource, limits: ReadLimits) throws(FormatError) {
    let end = try ZipEnd(source)
    guard end.directory.byteCount <= limits.headerBytes else {
      throw FormatError(
        .limitExceeded,
        "the zip directory has \(end.directory.byteCount) bytes; "
          + "at most \(limits.headerBytes) are allowed", in: source.name)
    }
    var reader = ByteReader(source, at: end.directory.offset, limits: limits)
    var entries: [ZipEntry] = []
    var places: [ByteString: Int] = [:]
    var spans: [(start: UInt64, end: UInt64, entry: Int)] = []
    for _ in 0..<end.entryCount {
      let header = try ZipHeader(central: &reader, end: end.directory.end)
      let entry = try header.locate(in: source, before: end.directory.offset, limits: limits)
      guard places.updateValue(entries.count, forKey: entry.name) == nil else {
        throw reader.fault(.duplicateName, "the zip archive has two files '\(entry.name)'")
      }
      spans.append((header.localOffset, entry.extent.end, entries.count))
      entries.append(entry)
    }
    guard reader.position == end.directory.end else {
      throw reader.fault(
        .invalidValue,
        "the zip directory ends here and its end record says "
          + "\(end.directory.end)")
    }
    spans.sort { $0.start < $1.start }
    for (first, second) in zip(spans, spans.dropFirst()) where second.start < first.end {
      throw FormatError(
        .overlap,
        "the zip entries '\(entries[first.entry].name)' and "
          + "'\(entries[second.entry].name)' share bytes", in: source.name, at: second.start)
    }
    self.entries = entries
    self.places = places
  }

  /// The entry of a name.
  subscript(name: ByteString) -> ZipEntry? { places[name].map { entries[$0] } }
}

/// A record of the central directory.
struct ZipHeader {
  private static let signature: UInt32 = 0x0201_4B50
  private static let localSignature: UInt32 = 0x0403_4B50
  private static let localBytes: UInt64 = 30
  /// Encryption, patches, strong encryption, masked headers: bits 0, 5, 6 and 13.
  private static let refusedFlags: UInt16 = 0x2061
  /// Bit 3: the sizes follow the data, and those of the local header count for nothing.
  private static let sizesFollow: UInt16 = 0x0008

  let name: ByteString
  let flags: UInt16
  let method: UInt16
  private(set) var storedBytes: UInt64
  private(set) var byteCount: UInt64
  private(set) var localOffset: UInt64

  /// Reads one record; `end` is where the directory ends.
  init(central reader: inout ByteReader, end: UInt64) throws(FormatError) {
    let start = reader.position
    guard try reader.read(UInt32.self, "a zip directory record") == Self.signature else {
      throw reader.fault(.invalidValue, "not a zip directory record", at: start)
    }
    try reader.skip(4)
    self.flags = try reader.read()
    self.method = try reader.read()
    try reader.skip(8)
    self.storedBytes = UInt64(try reader.read(UInt32.self))
    self.byteCount = UInt64(try reader.read(UInt32.self))
    let nameBytes = UInt64(try reader.read(UInt16.self))
    let extraBytes = UInt64(try reader.read(UInt16.self))
    let commentBytes = UInt64(try reader.read(UInt16.self))
    let disk = try reader.read(UInt16.self)
    try reader.skip(6)
    self.localOffset = UInt64(try reader.read(UInt32.self))
    self.name = ByteString(try reader.readBytes(nameBytes, "a name in the zip directory"))
    let extra = try reader.readBytes(extraBytes, "an extra field in the zip directory")
    try reader.skip(commentBytes)
    guard reader.position <= end else {
      throw reader.fault(.invalidValue, "a zip directory record leaves the directory", at: start)
    }
    guard flags & Self.refusedFlags == 0 else {
      throw reader.fault(
        .unsupportedEncoding, "the zip entry '\(name)' is encrypted or patched", at: start)
    }
    guard disk == 0 || disk == UInt16.max else {
      throw reader.fault(.unsupportedEncoding, "a zip archive in several parts", at: start)
    }
    guard takeWideFields(extra) else {
      throw reader.fault(
        .invalidValue, "the zip64 field of '\(name)' is missing or too short", at: start)
    }
    guard method != 0 || storedBytes == byteCount else {
      throw reader.fault(
        .invalidValue, "'\(name)' is stored in \(storedBytes) bytes and has \(byteCount)",
        at: start)
    }
  }

  /// Replaces saturated fields by those of the zip64 extra field; false where it lacks one.
  private mutating func takeWideFields(_ extra: [UInt8]) -> Bool {
    let narrow = UInt64(UInt32.max)
    guard byteCount == narrow || storedBytes == narrow || localOffset == narrow else { return true }
    var place = 0
    while place + 4 <= extra.count {
      let kind = extra.littleEndian(at: place, bytes: 2)
      let size = Int(extra.littleEndian(at: place + 2, bytes: 2))
      place += 4
      guard size <= extra.count - place else { return false }
      if kind != 1 {
        place += size
        continue
      }
      let end = place + size
      func wide() -> UInt64? {
        guard place + 8 <= end else { return nil }
        defer { place += 8 }
        return extra.littleEndian(at: place, bytes: 8)
      }
      if byteCount == narrow {
        guard let value = wide() else { return false }
        byteCount = value
      }
      if storedBytes == narrow {
        guard let value = wide() else { return false }
        storedBytes = value
      }
      if localOffset == narrow {
        guard let value = wide() else { return false }
        localOffset = value
      }
      return true
    }
    return false
  }

  /// Reads the local header and proves where the entry's bytes are; `limit` is where the directory
  /// begins.
  func locate(
    in source: any ByteSource, before limit: UInt64, limits: ReadLimits
  ) throws(FormatError) -> ZipEntry {
    guard
      ByteExtent(offset: localOffset, byteCount: Self.localBytes, within: limit) != nil
    else {
      throw FormatError(
        .truncated, "'\(name)' begins at \(localOffset), past the end of the files (\(limit))",
        in: source.name)
    }
    let header: [UInt8]
    do { header = try source.readBytes(at: localOffset, count: Int(Self.localBytes)) } catch {
      throw FormatError(error)
    }
    let nameBytes = header.littleEndian(at: 26, bytes: 2)
    let extraBytes = header.littleEndian(at: 28, bytes: 2)
    guard header.littleEndian(at: 0, bytes: 4) == UInt64(Self.localSignature),
      header.littleEndian(at: 8, bytes: 2) == UInt64(method), nameBytes == UInt64(name.count)
    else { throw contradiction(source) }
    if flags & Self.sizesFollow == 0 {
      for (place, value) in [(18, storedBytes), (22, byteCount)] {
        let local = header.littleEndian(at: place, bytes: 4)
        guard local == value || local == UInt64(UInt32.max) else { throw contradiction(source) }
      }
    }
    guard
      let extent = ByteExtent(
        base: localOffset, offset: Self.localBytes + nameBytes + extraBytes,
        byteCount: storedBytes, within: limit)
    else {
      throw FormatError(
        .truncated, "'\(name)' has \(storedBytes) bytes, more than the archive", in: source.name,
        at: localOffset)
    }
    let local: [UInt8]
    do {
      local = try source.readBytes(at: localOffset + Self.localBytes, count: name.count)
    } catch { throw FormatError(error) }
    guard local == name.bytes else { throw contradiction(source) }
    return ZipEntry(name: name, method: method, extent: extent)
  }

  private func contradiction(_ source: any ByteSource) -> FormatError {
    FormatError(
      .invalidValue, "the local header of '\(name)' is not what the zip directory says",
      in: source.name, at: localOffset)
  }
}

extension [UInt8] {
  /// An unsigned number of up to eight bytes; the caller has checked that they are there.
  func littleEndian(at place: Int, bytes: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<bytes).reversed() { value = value << 8 | UInt64(self[place + index]) }
    return value
  }
}
