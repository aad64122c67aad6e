internal import WeighbridgeByteIO

/// The bytes in front of a file's contents in a POSIX tar: one ustar header of 512 bytes and, where
/// a name, a size or padding asks for it, a pax header before that.
///
/// Owner, group and time are zero, so the same files make the same bytes.
///
///     0 name 100 │ mode 8 │ uid 8 │ gid 8 │ size 12 │ mtime 12 │ checksum 8 │ type 1 │ link 100
///     257 "ustar\0" "00" │ user 32 │ group 32 │ major 8 │ minor 8 │ prefix 155 │ zeros to 512
struct TarHeader {
  static let blockBytes = 512
  /// Two blocks of zeros end an archive.
  static let endBytes = 2 * blockBytes
  /// The first size that twelve octal digits (eleven and an end) do not hold: 8 GiB.
  static let octalLimit: UInt64 = 1 << 33
  static let nameBytes = 100
  /// The permission of every file: rw-r--r--.
  static let mode: UInt64 = 0o644

  /// The path in the archive.
  var path: ByteString
  /// The bytes of its contents.
  var byteCount: UInt64
  /// The text of a pax comment, filled with spaces up to what `encoded(filling:)` asks for.
  var comment: [UInt8] = []
  /// Whether a pax record has the size, as it must from 8 GiB on.
  ///
  /// Where the size is not known yet, the largest possible one decides.
  var recordsSize: Bool

  init(path: ByteString, byteCount: UInt64, comment: [UInt8] = [], largest: UInt64? = nil) {
    self.path = path
    self.byteCount = byteCount
    self.comment = comment
    self.recordsSize = max(byteCount, largest ?? 0) >= Self.octalLimit
  }

  /// The bytes between the contents of a file and the next header.
  static func padding(after byteCount: UInt64) -> Int {
    (blockBytes - Int(byteCount % UInt64(blockBytes))) % blockBytes
  }

  /// The smallest header.
  var encoded: [UInt8] {
    let records = records
    return records.isEmpty ? ustar : Self.extended(records) + ustar
  }

  /// The bytes to keep free for a header with a comment, whatever the size turns out to be.
  ///
  /// The result is a whole number of blocks; any larger whole number will do as well.
  var reservedBytes: Int {
    Self.extended(records + Self.record("comment", comment + [0x20])).count + Self.blockBytes
  }

  /// A header of exactly `count` bytes, of which the comment takes what is left over; nil where
  /// that is no whole number of blocks, or too little.
  func encoded(filling count: Int) -> [UInt8]? {
    let left = count - 2 * Self.blockBytes - records.count
    // "LENGTH comment=TEXT\n": the length counts itself.
    let textBytes = left - String(left).utf8.count - " comment=\n".utf8.count
    guard count % Self.blockBytes == 0, left > 0, textBytes >= comment.count else { return nil }
    let text = comment + [UInt8](repeating: 0x20, count: textBytes - comment.count)
    let record = Array("\(left) comment=".utf8) + text + [0x0A]
    return Self.extended(records + record) + ustar
  }

  private var records: [UInt8] {
    var records: [UInt8] = []
    if path.count > Self.nameBytes || !path.bytes.allSatisfy({ $0 < 0x80 }) {
      records += Self.record("path", path.bytes)
    }
    if recordsSize {
      // Twenty digits whatever the size, so that the room needed does not depend on it.
      let digits = Array(String(byteCount).utf8)
      records += Self.record("size", [UInt8](repeating: 0x30, count: 20 - digits.count) + digits)
    }
    return records
  }

  static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = Array(" \(key)=".utf8) + value + [0x0A]
    var length = rest.count + 1
    while String(length).utf8.count + rest.count != length {
      length = String(length).utf8.count + rest.count
    }
    return Array(String(length).utf8) + rest
  }

  private static func extended(_ records: [UInt8]) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: padding(after: UInt64(records.count)))
    return block(name: Array("PaxHeader".utf8), size: UInt64(records.count), type: "x")
      + records + padding
  }

  private var ustar: [UInt8] {
    Self.block(
      name: Array(path.bytes.prefix(Self.nameBytes)),
      size: byteCount < Self.octalLimit ? byteCount : 0, type: "0")
  }

  private static func block(name: [UInt8], size: UInt64, type: Unicode.Scalar) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: blockBytes)
    func put(_ bytes: [UInt8], at offset: Int) {
      block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    put(name, at: 0)
    put(octal(mode, 7), at: 100)
    put(octal(0, 7), at: 108)
    put(octal(0, 7), at: 116)
    put(octal(size, 11), at: 124)
    put(octal(0, 11), at: 136)
    put([UInt8](repeating: 0x20, count: 8), at: 148)
    put(Array(type.utf8), at: 156)
    put(Array("ustar\u{0}00".utf8), at: 257)
    let sum = block.reduce(into: UInt64(0)) { $0 += UInt64($1) }
    put(octal(sum, 6) + [0, 0x20], at: 148)
    return block
  }

  private static func octal(_ number: UInt64, _ digits: Int) -> [UInt8] {
    let text = Array(String(number, radix: 8).utf8)
    return [UInt8](repeating: 0x30, count: digits - text.count) + text
  }
}
