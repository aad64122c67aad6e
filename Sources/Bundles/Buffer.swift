internal import CWeighbridgeKernels
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

  init(capacity: Int) {
    unsafe memory = .allocate(byteCount: max(capacity, 1), alignment: 64)
  }

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

  fileprivate func pointer(_ range: Range<Int>) -> UnsafeMutablePointer<UInt8> {
    guard let address = unsafe part(range).baseAddress else {
      preconditionFailure("a buffer has an address")
    }
    return unsafe address.assumingMemoryBound(to: UInt8.self)
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

  /// Compresses a range of another buffer into one frame from `start` on.
  ///
  /// There is room for `ZstdEncoder.bound(range.count)` bytes, unless `start` is 0, where it is made.
  func encode(
    _ range: Range<Int>, of other: Buffer, at start: Int = 0, with encoder: inout ZstdEncoder
  ) throws(ZstdError) -> Int {
    if start == 0 { reserve(ZstdEncoder.bound(range.count)) }
    let input = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(other.part(range)))
    var output = unsafe MutableRawSpan(_unsafeBytes: part(start..<capacity))
    return try encoder.encodeFrame(input, into: &output)
  }

  /// Decompresses a range of another buffer, whole frames, into `count` bytes of this one.
  ///
  /// There is room for them, unless `start` is 0, where it is made.
  func decode(
    _ range: Range<Int>, of other: Buffer, at start: Int = 0, count: Int,
    with decoder: inout ZstdDecoder
  ) throws(ZstdError) {
    if start == 0 { reserve(count) }
    let input = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(other.part(range)))
    var output = unsafe MutableRawSpan(_unsafeBytes: part(start..<start + count))
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

// Planes: the kernels see ranges that lie in their buffers, and runs that lie in their blocks.
extension Buffer {
  /// Takes the first `blocks` blocks of another buffer apart into planes, from the start of this one.
  func split(_ other: Buffer, blocks: Int, by transform: PlanarTransform, plainly: Bool = false) {
    let count = blocks * transform.symbols
    reserve(count)
    let from = unsafe UnsafePointer(other.pointer(0..<blocks * transform.blockBytes))
    let to = unsafe pointer(0..<count)
    switch transform.form {
    case .halves where !plainly: unsafe wb_planes_split_halves(from, blocks, to)
    case .singles where !plainly: unsafe wb_planes_split_singles(from, blocks, to)
    case .bytes where !plainly: copy(0..<count, of: other, to: 0)
    case .halves, .singles, .bytes, .runs:
      let split = unsafe plainly ? wb_planes_split_plain : wb_planes_split
      unsafe split(
        from, blocks, transform.blockBytes, transform.kernelRuns, transform.kernelRuns.count,
        transform.symbols, to)
    }
  }

  /// Puts the first `blocks` blocks together from planes of another buffer.
  func join(_ planes: Buffer, blocks: Int, by transform: PlanarTransform, plainly: Bool = false) {
    let count = blocks * transform.blockBytes
    reserve(count)
    let from = unsafe UnsafePointer(planes.pointer(0..<blocks * transform.symbols))
    let to = unsafe pointer(0..<count)
    switch transform.form {
    case .halves where !plainly: unsafe wb_planes_join_halves(from, blocks, to)
    case .singles where !plainly: unsafe wb_planes_join_singles(from, blocks, to)
    case .bytes where !plainly: copy(0..<count, of: planes, to: 0)
    case .halves, .singles, .bytes, .runs:
      let join = unsafe plainly ? wb_planes_join_plain : wb_planes_join
      unsafe join(
        from, blocks, transform.blockBytes, transform.kernelRuns, transform.kernelRuns.count, to)
    }
  }

  /// Sorts the sub-blocks of the codes of `blocks` blocks by where zero lies among them, or undoes it;
  /// `scratch` holds keys and codes meanwhile.
  func sort(_ blocks: Int, by transform: PlanarTransform, undoes: Bool, _ scratch: Buffer) {
    guard var order = transform.kernelOrder else { return }
    let keys = blocks * Int(order.per_block)
    let bytes = Int(order.bytes)
    let start = blocks * Int(order.codes)
    scratch.reserve(keys + keys * bytes)
    let planes = unsafe pointer(0..<blocks * transform.symbols)
    let key = unsafe scratch.pointer(0..<keys)
    let moved = unsafe scratch.pointer(keys..<keys + keys * bytes)
    unsafe wb_planes_keys(planes, blocks, &order, key)
    let move = unsafe undoes ? wb_planes_unsort : wb_planes_sort
    unsafe move(key, keys, planes.advanced(by: start), bytes, moved)
    copy(keys..<keys + keys * bytes, of: scratch, to: start)
  }

  /// Combines the first bytes with those of a base: differences of numbers of `width` bytes, or bits
  /// (`width` 0); `undoes` is the way back.
  func combine(_ count: Int, with base: Buffer, width: Int, undoes: Bool) {
    let numbers = unsafe pointer(0..<count)
    let other = unsafe UnsafePointer(base.pointer(0..<count))
    guard width > 0 else { return unsafe wb_delta_xor(numbers, other, count) }
    let apply = unsafe undoes ? wb_delta_undo : wb_delta_make
    unsafe apply(numbers, other, count / width, width)
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
