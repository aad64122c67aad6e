#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The journal of a change in place: what is written where, whole before anything is.
///
///     weighbridge-journal edit 1
///     file: SIZE OFFSET COUNT HEAD NAME      one line a file; HEAD is 24 hexadecimal digits
///                                            an empty line, then COUNT bytes for each file
///     checksum                               8 bytes, little-endian, of all in front of it
struct ChangeRecord {
  private static let title = "edit 1"
  private static let limit = 2 << 30

  let parts: [ChangedPart]
  let bytes: [UInt8]
  /// What a marked file begins with.
  let mark: [UInt8]

  init(_ parts: [ChangedPart]) {
    var text = LockedFile.signature + Self.title + "\n"
    for part in parts {
      let digits = part.head.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      let name = part.path.split(separator: "/").last.map(String.init) ?? part.path
      text += "file: \(part.byteCount) \(part.offset) \(part.bytes.count) \(digits) \(name)\n"
    }
    var bytes = Array((text + "\n").utf8)
    for part in parts { bytes += part.bytes }
    let sum = Self.checksum(bytes[...])
    self.parts = parts
    self.mark = InPlaceChange.signature + sum
    self.bytes = bytes + sum
  }

  /// Reads a journal; nil where it is not whole.
  init?(_ journal: LockedFile) throws(IOError) {
    let all = try journal.read(limit: Self.limit)
    let start = Array((LockedFile.signature + Self.title + "\n").utf8)
    guard all.starts(with: start), all.count >= start.count + 9 else { return nil }
    let content = all.dropLast(8)
    let sum = Array(all.suffix(8))
    guard Self.checksum(content) == sum else { return nil }
    var place = start.count
    var heads: [(line: [Substring], name: String)] = []
    while let end = content[place...].firstIndex(of: 0x0A) {
      let line = String(decoding: content[place..<end], as: UTF8.self)
      place = end + 1
      if line.isEmpty { break }
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: false)
      guard fields.count == 6 else { return nil }
      heads.append((fields, String(fields[5])))
    }
    let slash = journal.path.lastIndex(of: "/")
    let folder = slash.map { String(journal.path[...$0]) } ?? ""
    var parts: [ChangedPart] = []
    for (fields, name) in heads {
      guard let size = UInt64(fields[1]), let offset = UInt64(fields[2]),
        let count = Int(fields[3]),
        count >= 0, count <= content.endIndex - place, !name.contains("/"),
        let head = Self.hexadecimal(fields[4]), head.count == InPlaceChange.markBytes,
        ByteExtent(offset: offset, byteCount: UInt64(count), within: size) != nil
      else { return nil }
      parts.append(
        ChangedPart(
          path: folder + name, byteCount: size, head: head, offset: offset,
          bytes: Array(content[place..<place + count])))
      place += count
    }
    guard place == content.endIndex, !parts.isEmpty else { return nil }
    self.parts = parts
    self.bytes = all
    self.mark = InPlaceChange.signature + sum
  }

  /// Whether a file is marked by this journal.
  func isBegun() throws(IOError) -> Bool {
    for part in parts where PathKind(of: part.path) == .file {
      let source = try FileSource(path: part.path, isInput: false)
      if source.byteCount == part.byteCount, try source.readPrefix(mark.count) == mark {
        return true
      }
    }
    return false
  }

  /// Whether a journal that a failed run leaves is what finishes its files.
  static func isNeeded(_ journal: LockedFile) -> Bool {
    guard let record = try? ChangeRecord(journal) else { return false }
    return (try? record.isBegun()) ?? true
  }

  /// Marks all files, writes what is new, and takes the marks away; each step is on the disk before
  /// the next begins, so that also a power failure leaves no file that only looks like a model.
  func replay() throws(IOError) {
    var files: [FileSink] = []
    for part in parts { files.append(try Self.open(part)) }
    for file in files { try file.write(mark, at: 0) }
    for file in files { try Self.synchronize(file) }
    for (file, part) in zip(files, parts) {
      let skipped = max(0, mark.count - Int(part.offset))
      guard skipped < part.bytes.count else { continue }
      try file.write(Array(part.bytes[skipped...]), at: part.offset + UInt64(skipped))
    }
    for file in files { try Self.synchronize(file) }
    for (file, part) in zip(files, parts) { try file.write(part.head, at: 0) }
    for file in files { try Self.synchronize(file) }
  }

  private static func open(_ part: ChangedPart) throws(IOError) -> FileSink {
    let descriptor = Self.openFile(part.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw IOError(.open, path: part.path, number: errno) }
    let sink = FileSink(path: part.path, name: part.path, descriptor: descriptor)
    guard let identity = FileIdentity(descriptor: descriptor), identity.byteCount == part.byteCount
    else {
      throw IOError(
        .write, path: part.path, reason: "its size is not what it was when the edit began")
    }
    return sink
  }

  private static func openFile(_ path: String, _ flags: Int32) -> Int32 {
    #if canImport(Glibc)
      return unsafe Glibc.open(path, flags)
    #else
      return unsafe Darwin.open(path, flags)
    #endif
  }

  private static func synchronize(_ file: FileSink) throws(IOError) {
    guard fdatasync(file.descriptor) == 0 else {
      throw IOError(.synchronize, path: file.name, number: errno)
    }
  }

  private static func hexadecimal(_ text: Substring) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for pair in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[pair...pair + 1], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }

  /// Finds torn writes, eight bytes at a time; not for adversaries.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(bytes.count)
    unsafe bytes.withUnsafeBytes { buffer in
      var place = 0
      while place < buffer.count {
        var word: UInt64 = 0
        if place + 8 <= buffer.count {
          word = UInt64(
            littleEndian: unsafe buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        } else {
          for (index, byte) in bytes[(bytes.startIndex + place)...].enumerated() {
            word |= UInt64(byte) << UInt64(8 * index)
          }
        }
        hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 32
        place += 8
      }
    }
    return (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
  }
}
