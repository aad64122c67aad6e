internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeZstd

/// Memory that is filled again and again: what travels between workers.
///
/// This is where bytes are handed to files, digests and zstd; the rest of the module sees ranges of
/// buffers only, and a range that leaves its buffer traps. One thread uses a buffer at a time: who
/// hands it on has stopped using it.
@safe final class Buffer: @unchecked Sendable {
  private var memory: UnsafeMutableRawBufferPointer

  init(capacity: Int) { unsafe memory = .allocate(byteCount: capacity, alignment: 64) }

  deinit { unsafe memory.deallocate() }

  /// The bytes that fit.
  var capacity: Int { unsafe memory.count }

  /// Makes room for at least `count` bytes; what was in it is lost.
  func reserve(_ count: Int) {
    guard capacity < count else { return }
    unsafe memory.deallocate()
    unsafe memory = .allocate(byteCount: count, alignment: 64)
  }

  private func part(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
    precondition(range.lowerBound >= 0 && range.upperBound <= capacity, "outside the buffer")
    return unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range])
  }

  /// The bytes of a range.
  func array(_ range: Range<Int>) -> [UInt8] { unsafe Array(part(range)) }

  /// Fills a range from a source.
  func fill(
    _ range: Range<Int>, from source: any ByteSource, at offset: UInt64
  ) throws(FormatError) {
    var target = unsafe MutableRawSpan(_unsafeBytes: part(range))
    do { try source.read(at: offset, into: &target) } catch { throw FormatError(error) }
  }

  /// Feeds a range to a digest.
  func feed(_ range: Range<Int>, to digest: inout SHA256) {
    digest.update(unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(part(range))))
  }

  /// Writes a range to a sink.
  func write(
    _ range: Range<Int>, to sink: any PositionalSink, at offset: UInt64
  ) throws(FormatError) {
    let bytes = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(part(range)))
    do { try sink.write(bytes, at: offset) } catch { throw FormatError(error) }
  }

  /// Copies a range of another buffer to `start`.
  func copy(_ range: Range<Int>, of other: Buffer, to start: Int) {
    unsafe part(start..<start + range.count).copyMemory(
      from: UnsafeRawBufferPointer(other.part(range)))
  }

  /// Copies a range into memory of a caller.
  func copy(_ range: Range<Int>, to target: inout MutableRawSpan, at start: Int) {
    precondition(start >= 0 && range.count <= target.byteCount - start, "outside the target")
    unsafe target.withUnsafeMutableBytes { memory in
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start..<start + range.count])
        .copyMemory(from: UnsafeRawBufferPointer(part(range)))
    }
  }

  /// Compresses a range of another buffer into one frame from the start of this one.
  func encode(
    _ range: Range<Int>, of other: Buffer, with encoder: inout ZstdEncoder
  ) throws(ZstdError) -> Int {
    reserve(ZstdEncoder.bound(range.count))
    let input = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(other.part(range)))
    var output = unsafe MutableRawSpan(_unsafeBytes: memory)
    return try encoder.encodeFrame(input, into: &output)
  }

  /// Decompresses a range of another buffer, whole frames, into the first `count` bytes of this one.
  func decode(
    _ range: Range<Int>, of other: Buffer, count: Int, with decoder: inout ZstdDecoder
  ) throws(ZstdError) {
    reserve(count)
    let input = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(other.part(range)))
    var output = unsafe MutableRawSpan(_unsafeBytes: part(0..<count))
    try decoder.decodeFrames(input, into: &output)
  }

  /// Continues a stream of frames from a range of another buffer into a range of this one.
  func decode(
    _ range: Range<Int>, of other: Buffer, into target: Range<Int>,
    with decoder: inout ZstdDecoder
  ) throws(ZstdError) -> (consumed: Int, produced: Int, isBetweenFrames: Bool) {
    let input = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(other.part(range)))
    var output = unsafe MutableRawSpan(_unsafeBytes: part(target))
    return try decoder.decode(input, into: &output)
  }
}

/// A digest that grows job by job; one thread uses it at a time.
final class RunningDigest: @unchecked Sendable {
  private var digest: SHA256? = SHA256()

  /// Feeds a range of a buffer.
  func feed(_ buffer: Buffer, _ range: Range<Int>) {
    guard var running = digest.take() else { preconditionFailure("the digest has ended") }
    buffer.feed(range, to: &running)
    digest = consume running
  }

  /// Feeds an array.
  func feed(_ bytes: [UInt8]) {
    guard var running = digest.take() else { preconditionFailure("the digest has ended") }
    running.update(bytes)
    digest = consume running
  }

  /// Ends it.
  func finish() -> Digest {
    guard let running = digest.take() else { preconditionFailure("the digest has ended") }
    return running.finalize()
  }
}
