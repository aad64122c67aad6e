/// Immutable bytes that can be read at any offset, from any thread.
package protocol ByteSource: Sendable {
  /// What to call the bytes in a message: a path or a member's name.
  var name: String { get }
  /// How many there are.
  var byteCount: UInt64 { get }
  /// Fills all of `buffer` with the bytes from `offset`. A short read is an error, never a result.
  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError)
}

extension ByteSource {
  /// Reads `count` bytes from `offset` into a new array.
  ///
  /// The caller has bounded `count`.
  package func readBytes(at offset: UInt64, count: Int) throws(IOError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    try read(at: offset, into: &raw)
    return bytes
  }

  /// Reads up to `count` bytes from the start: what recognition looks at.
  package func readPrefix(_ count: Int) throws(IOError) -> [UInt8] {
    try readBytes(at: 0, count: Int(min(UInt64(count), byteCount)))
  }
}

/// A range of bytes proven to lie inside a source.
package struct ByteExtent: Hashable, Sendable {
  /// The first byte's offset in the source.
  package let offset: UInt64
  /// The length.
  package let byteCount: UInt64

  /// Proves a range: `base + offset + byteCount` does not overflow and is at most `limit`.
  package init?(base: UInt64 = 0, offset: UInt64, byteCount: UInt64, within limit: UInt64) {
    let (start, carried) = base.addingReportingOverflow(offset)
    guard !carried else { return nil }
    let (end, overflowed) = start.addingReportingOverflow(byteCount)
    guard !overflowed, end <= limit else { return nil }
    self.offset = start
    self.byteCount = byteCount
  }

  /// The offset just behind the last byte.
  package var end: UInt64 { offset + byteCount }

  /// A range inside this one, or nil where it would leave it.
  package func slice(offset inner: UInt64, byteCount count: UInt64) -> ByteExtent? {
    guard inner <= byteCount, count <= byteCount - inner else { return nil }
    return ByteExtent(base: offset, offset: inner, byteCount: count, within: end)
  }
}

/// Bytes in memory: a test's file, or a part that was decompressed.
package struct MemorySource: ByteSource {
  /// What to call it in a message.
  package let name: String
  private let bytes: [UInt8]

  /// Wraps an array.
  package init(_ bytes: [UInt8], name: String = "memory") {
    self.bytes = bytes
    self.name = name
  }

  /// The number of bytes.
  package var byteCount: UInt64 { UInt64(bytes.count) }

  /// Fills `buffer` with the bytes from `offset`; see `ByteSource`.
  package func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    let count = buffer.byteCount
    guard ByteExtent(offset: offset, byteCount: UInt64(count), within: byteCount) != nil else {
      throw IOError(.read, path: name, reason: "\(count) bytes at \(offset) of \(byteCount)")
    }
    let start = Int(offset)
    unsafe bytes.withUnsafeBytes { source in
      unsafe buffer.withUnsafeMutableBytes { target in
        unsafe target.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[start..<start + count]))
      }
    }
  }
}

/// A part of another source under a name of its own: a file inside a bundle.
package struct SliceSource: ByteSource {
  /// What to call it in a message.
  package let name: String
  private let base: any ByteSource
  private let extent: ByteExtent

  /// Shows only `extent` of `base`.
  package init(_ base: any ByteSource, _ extent: ByteExtent, name: String) {
    self.base = base
    self.extent = extent
    self.name = name
  }

  /// The number of bytes.
  package var byteCount: UInt64 { extent.byteCount }

  /// Fills `buffer` with the bytes from `offset`; see `ByteSource`.
  package func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    guard let part = extent.slice(offset: offset, byteCount: UInt64(buffer.byteCount)) else {
      throw IOError(
        .read, path: name, reason: "\(buffer.byteCount) bytes at \(offset) of \(byteCount)")
    }
    try base.read(at: part.offset, into: &buffer)
  }
}
