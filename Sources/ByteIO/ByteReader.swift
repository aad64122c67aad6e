/// The order of bytes within a number.
package enum ByteOrder: String, Hashable, Sendable {
  case little, big
}

/// A forward cursor: bounds-checked, limit-checked, and unable to be copied by accident.
///
/// It reads through a window of 64 KiB, so a header of a million small fields costs few system
/// calls. Every failure is a `FormatError` with the offset of the field.
package struct ByteReader: ~Copyable {
  private let source: any ByteSource
  private let byteCount: UInt64
  private var window: [UInt8] = []
  private var windowStart: UInt64 = 0
  private static let windowBytes = 1 << 16

  /// The offset of the next byte.
  package private(set) var position: UInt64
  /// The order in which numbers are read.
  package var byteOrder: ByteOrder
  /// What the file may ask for.
  package let limits: ReadLimits

  /// Starts at `position`.
  package init(
    _ source: any ByteSource, at position: UInt64 = 0, byteOrder: ByteOrder = .little,
    limits: ReadLimits = .default
  ) {
    self.source = source
    self.byteCount = source.byteCount
    self.position = position
    self.byteOrder = byteOrder
    self.limits = limits
  }

  /// Bytes left until the end of the source.
  package var remaining: UInt64 {
    position <= byteCount ? byteCount - position : 0
  }

  /// A fault of the file at the current position, or at `offset`.
  package func fault(
    _ code: FormatError.Code, _ message: String, at offset: UInt64? = nil, hint: String? = nil
  ) -> FormatError {
    FormatError(code, message, in: source.name, at: offset ?? position, hint: hint)
  }

  private func require(_ count: UInt64, _ what: String) throws(FormatError) {
    guard count <= remaining else {
      throw fault(
        .truncated, "the file ends inside \(what): \(count) bytes needed, \(remaining) left")
    }
  }

  /// Makes the window hold `count` bytes (at most its size) from the position on.
  private mutating func fill(_ count: Int) throws(FormatError) -> Int {
    if position >= windowStart {
      let start = position - windowStart
      if start + UInt64(count) <= UInt64(window.count) { return Int(start) }
    }
    let size = Int(min(UInt64(Self.windowBytes), byteCount - position))
    do { window = try source.readBytes(at: position, count: size) } catch {
      throw FormatError(error)
    }
    windowStart = position
    return 0
  }

  /// Reads one integer of up to 8 bytes in the reader's byte order.
  @inlinable
  package mutating func read<T: FixedWidthInteger>(
    _ type: T.Type = T.self, _ what: String = "a number"
  ) throws(FormatError) -> T {
    T(truncatingIfNeeded: try readBits(MemoryLayout<T>.size, what))
  }

  /// The work of `read` without its generics: callers in other modules specialise only the shell.
  @usableFromInline
  mutating func readBits(_ size: Int, _ what: String) throws(FormatError) -> UInt64 {
    precondition(size <= 8, "integers of up to 8 bytes are read")
    try require(UInt64(size), what)
    let start = try fill(size)
    var value: UInt64 = 0
    for index in 0..<size {
      let place = byteOrder == .little ? index : size - 1 - index
      value |= UInt64(window[start + index]) << (8 * UInt64(place))
    }
    position += UInt64(size)
    return value
  }

  /// Reads a single-precision float.
  package mutating func readFloat(_ what: String = "a number") throws(FormatError) -> Float {
    Float(bitPattern: try read(UInt32.self, what))
  }

  /// Reads a double-precision float.
  package mutating func readDouble(_ what: String = "a number") throws(FormatError) -> Double {
    Double(bitPattern: try read(UInt64.self, what))
  }

  /// Reads `count` bytes, checked against the end of the file and `limits.stringBytes` first.
  package mutating func readBytes(
    _ count: UInt64, _ what: String = "a string"
  ) throws(FormatError) -> [UInt8] {
    guard count <= limits.stringBytes else {
      throw fault(
        .limitExceeded, "\(what) has \(count) bytes; at most \(limits.stringBytes) are allowed")
    }
    try require(count, what)
    let size = Int(count)
    if size <= Self.windowBytes {
      guard size > 0 else { return [] }
      let start = try fill(size)
      position += count
      return Array(window[start..<start + size])
    }
    do {
      let bytes = try source.readBytes(at: position, count: size)
      position += count
      return bytes
    } catch { throw FormatError(error) }
  }

  /// Reads `count` bytes of an array, which may be more than those of a string.
  ///
  /// Memory is theirs once, and only as they arrive. A server's word for the size of a file is not
  /// enough for more than 256 MiB: the last of the bytes is fetched first.
  package mutating func readArray(
    _ count: UInt64, _ what: String
  ) throws(FormatError) -> [UInt8] {
    try require(count, what)
    guard let size = Int(exactly: count) else {
      throw fault(.limitExceeded, "\(what) has \(count) bytes")
    }
    guard size > Self.windowBytes else {
      guard size > 0 else { return [] }
      let start = try fill(size)
      position += count
      return Array(window[start..<start + size])
    }
    do {
      if size > 1 << 28 { _ = try source.readBytes(at: position + count - 1, count: 1) }
      let bytes = try source.readBytes(at: position, count: size)
      position += count
      return bytes
    } catch { throw FormatError(error) }
  }

  /// Goes back to what was read before.
  package mutating func rewind(to place: UInt64) {
    precondition(place <= position, "only back")
    position = place
  }

  /// Reads UTF-8 text: rejects, never repairs.
  package mutating func readUTF8(
    _ count: UInt64, _ what: String = "a string"
  ) throws(FormatError) -> String {
    let start = position
    let bytes = try readBytes(count, what)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw fault(.invalidUTF8, "\(what) is not valid UTF-8", at: start)
    }
    return text
  }

  /// Reads a count of things that take at least `minimumSize` bytes each: `count × minimumSize` must
  /// fit into what is left of the file, and `count` into `limit`.
  package mutating func readCount<T: FixedWidthInteger & UnsignedInteger>(
    as type: T.Type, minimumSize: UInt64, limit: UInt64, _ what: String
  ) throws(FormatError) -> Int {
    let start = position
    let count = UInt64(try read(type, what))
    guard count <= limit else {
      throw fault(
        .limitExceeded, "\(what) is \(count); at most \(limit) are allowed", at: start)
    }
    let (size, overflow) = count.multipliedReportingOverflow(by: minimumSize)
    guard !overflow, size <= remaining else {
      throw fault(
        .truncated, "\(what) is \(count), which needs more than the \(remaining) bytes left",
        at: start)
    }
    return Int(count)
  }

  /// Moves forward, not past the end.
  package mutating func skip(_ count: UInt64, _ what: String = "padding") throws(FormatError) {
    try require(count, what)
    position += count
  }
}
