package import WeighbridgeByteIO

/// Where each frame of a compressed stream begins: zstd's seekable format.
///
/// The table is a skippable frame at the end of the stream, so every zstd decoder reads past it:
///
///     184D2A5E  size │ compressed size, content size [, checksum] … │ count  descriptor  8F92EAB1
///
/// All numbers are little-endian and 32 bits wide, but for the descriptor of one byte.
package struct SeekTable: Hashable, Sendable {
  /// One frame.
  package struct Frame: Hashable, Sendable {
    /// Where it begins in the stream.
    package let offset: UInt64
    /// The bytes that it takes there.
    package let byteCount: Int
    /// Where its content begins in the decompressed bytes.
    package let contentOffset: UInt64
    /// The bytes of its content.
    package let contentByteCount: Int
  }

  /// The frames, in order.
  package private(set) var frames: [Frame] = []
  /// The bytes of all frames, without the table.
  package private(set) var byteCount: UInt64 = 0
  /// The bytes of all content.
  package private(set) var contentByteCount: UInt64 = 0

  static let frameMagic: UInt32 = 0x184D_2A5E
  static let footerMagic: UInt32 = 0x8F92_EAB1
  static let footerBytes = 9
  static let headerBytes = 8
  static let checksumFlag: UInt8 = 0x80
  static let reservedBits: UInt8 = 0x7C

  /// The bytes of a table without frames.
  package static let fixedBytes = headerBytes + footerBytes
  /// The bytes that each frame adds to a table.
  package static let bytesPerFrame = 8

  /// No frames.
  package init() {}

  /// Adds a frame; false, and nothing changed, where a sum leaves 64 bits.
  package mutating func append(byteCount: UInt32, contentByteCount: UInt32) -> Bool {
    let end = self.byteCount.addingReportingOverflow(UInt64(byteCount))
    let contentEnd = self.contentByteCount.addingReportingOverflow(UInt64(contentByteCount))
    guard !end.overflow, !contentEnd.overflow else { return false }
    frames.append(
      Frame(
        offset: self.byteCount, byteCount: Int(byteCount), contentOffset: self.contentByteCount,
        contentByteCount: Int(contentByteCount)))
    self.byteCount = end.partialValue
    self.contentByteCount = contentEnd.partialValue
    return true
  }

  /// The index of the frame that holds the content at `offset`, which must be below the total.
  package func frameIndex(at offset: UInt64) -> Int {
    var low = 0
    var high = frames.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if frames[middle].contentOffset <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The skippable frame that closes the stream.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerBytes + frames.count * 8 + Self.footerBytes)
    func append(_ number: UInt32) {
      for shift in stride(from: UInt32(0), to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    append(Self.frameMagic)
    append(UInt32(frames.count * 8 + Self.footerBytes))
    for frame in frames {
      append(UInt32(frame.byteCount))
      append(UInt32(frame.contentByteCount))
    }
    append(UInt32(frames.count))
    bytes.append(0)
    append(Self.footerMagic)
    return bytes
  }
}

extension SeekTable {
  /// Reads the table at the end of `source`; nil where there is none.
  ///
  /// A table must account for every byte of the source. A frame whose content is above
  /// `frameBytes`, or more frames than `limit`, are errors, so what is allocated is bounded by the
  /// bytes that are there. With `hasTrailer` the last frame may be a skippable one of any size.
  package static func read(
    _ source: any ByteSource, frameBytes: Int, limit: Int, hasTrailer: Bool = false
  ) throws(FormatError) -> SeekTable? {
    guard source.byteCount >= UInt64(headerBytes + footerBytes) else { return nil }
    var footer = ByteReader(source, at: source.byteCount - UInt64(footerBytes))
    let count = try footer.read(UInt32.self)
    let descriptor = try footer.read(UInt8.self)
    guard try footer.read(UInt32.self) == footerMagic else { return nil }
    guard descriptor & reservedBits == 0 else {
      throw footer.fault(.unsupportedVersion, "the seek table has unknown flags \(descriptor)")
    }
    guard count <= limit else {
      throw footer.fault(
        .limitExceeded, "the seek table has \(count) frames; at most \(limit) are allowed")
    }
    let entryBytes = descriptor & checksumFlag == 0 ? 8 : 12
    let tableBytes = UInt64(headerBytes + footerBytes) + UInt64(count) * UInt64(entryBytes)
    guard tableBytes <= source.byteCount else {
      throw footer.fault(
        .truncated, "a seek table of \(count) frames does not fit into \(source.byteCount) bytes")
    }
    var reader = ByteReader(source, at: source.byteCount - tableBytes)
    guard try reader.read(UInt32.self) == frameMagic,
      UInt64(try reader.read(UInt32.self)) == tableBytes - UInt64(headerBytes)
    else { throw reader.fault(.invalidValue, "the seek table does not begin where it must") }
    var table = SeekTable()
    table.frames.reserveCapacity(Int(count))
    for index in 0..<Int(count) {
      let byteCount = try reader.read(UInt32.self)
      let contentByteCount = try reader.read(UInt32.self)
      if entryBytes == 12 { try reader.skip(4) }
      guard contentByteCount <= frameBytes else {
        throw reader.fault(
          .limitExceeded,
          "frame \(index) holds \(contentByteCount) bytes; at most \(frameBytes) are allowed")
      }
      let isTrailer = hasTrailer && index == Int(count) - 1 && contentByteCount == 0
      guard isTrailer || byteCount <= ZstdEncoder.bound(Int(contentByteCount)) else {
        throw reader.fault(
          .invalidValue,
          "frame \(index) takes \(byteCount) bytes for \(contentByteCount) bytes of content")
      }
      guard table.append(byteCount: byteCount, contentByteCount: contentByteCount) else {
        throw reader.fault(.invalidValue, "the sizes in the seek table overflow")
      }
    }
    guard table.byteCount == source.byteCount - tableBytes else {
      throw reader.fault(
        .invalidValue,
        "the seek table accounts for \(table.byteCount) bytes of \(source.byteCount - tableBytes)")
    }
    return table
  }
}
