internal import Synchronization
internal import WeighbridgeByteIO
internal import WeighbridgeZstd

/// The contents of a layer of zstd frames, readable at any offset, from any thread.
///
/// A frame that is read in part is kept for the next read, up to 16 MiB of them; a read of one row of
/// a tensor costs one frame.
final class FrameSource: ByteSource {
  let name: String
  let byteCount: UInt64
  private let blob: any ByteSource
  private let table: SeekTable
  /// Where the blob begins in the bundle; for messages.
  private let base: UInt64
  private let decoders = DecoderPool()
  /// Frames by index, the last used one last.
  private let cache = Mutex<[(index: Int, content: Buffer)]>([])
  private static let cacheBytes = 16 << 20

  init(_ blob: any ByteSource, _ table: SeekTable, base: UInt64, name: String) {
    self.blob = blob
    self.table = table
    self.base = base
    self.name = name
    byteCount = table.contentByteCount
  }

  func read(at offset: UInt64, into buffer: inout MutableRawSpan) throws(IOError) {
    let total = buffer.byteCount
    guard ByteExtent(offset: offset, byteCount: UInt64(total), within: byteCount) != nil else {
      throw IOError(.read, path: name, reason: "\(total) bytes at \(offset) of \(byteCount)")
    }
    guard total > 0 else { return }
    var done = 0
    while done < total {
      let (content, range): (Buffer, Range<Int>)
      do { (content, range) = try part(at: offset + UInt64(done), limit: total - done) } catch {
        throw error.cause ?? IOError(.read, path: name, reason: error.message)
      }
      content.copy(range, to: &buffer, at: done)
      done += range.count
    }
  }

  /// Bytes at an offset: a frame that holds them, and where in it, at least one and at most `limit`.
  func part(
    at offset: UInt64, limit: Int
  ) throws(FormatError) -> (content: Buffer, range: Range<Int>) {
    var index = table.frameIndex(at: offset)
    // Frames without content may lie in between.
    while offset - table.frames[index].contentOffset >= table.frames[index].contentByteCount {
      index += 1
    }
    let frame = table.frames[index]
    let start = Int(offset - frame.contentOffset)
    let count = min(frame.contentByteCount - start, limit)
    return (try content(of: index), start..<start + count)
  }

  /// A decompressed frame; nobody writes into it any more.
  private func content(of index: Int) throws(FormatError) -> Buffer {
    let kept: Buffer? = cache.withLock { frames in
      guard let place = frames.firstIndex(where: { $0.index == index }) else { return nil }
      let frame = frames.remove(at: place)
      frames.append(frame)
      return frame.content
    }
    if let kept { return kept }
    let content = try decode(index)
    cache.withLock { frames in
      frames.removeAll { $0.index == index }
      frames.append((index, content))
      while frames.count > 1,
        frames.reduce(0, { $0 + $1.content.capacity }) > Self.cacheBytes
      {
        frames.removeFirst()
      }
    }
    return content
  }

  private func decode(_ index: Int) throws(FormatError) -> Buffer {
    let frame = table.frames[index]
    let input = Buffer(capacity: frame.byteCount)
    let content = Buffer(capacity: frame.contentByteCount)
    try input.fill(0..<frame.byteCount, from: blob, at: frame.offset)
    do {
      try decoders.decode(
        0..<frame.byteCount, of: input, into: content, count: frame.contentByteCount)
    } catch { throw FormatError(error, frame: index, frame, in: name, base: base) }
    return content
  }

  /// The frames that cannot be decompressed; at most a hundred.
  func damage() -> [FormatError] {
    var problems: [FormatError] = []
    for index in table.frames.indices where problems.count < 100 {
      do throws(FormatError) { _ = try decode(index) } catch { problems.append(error) }
    }
    return problems
  }
}

/// The contents of a layer of frames, read forwards; passing over bytes costs nothing.
///
/// As a `SourceStream`, but that a damaged frame is an error of the format, not of the system.
final class FrameSourceStream: ByteStream {
  private let source: FrameSource
  private var position: UInt64 = 0

  init(_ source: FrameSource) { self.source = source }

  var name: String { source.name }

  func read(into buffer: Buffer, _ range: Range<Int>) throws(FormatError) -> Int {
    guard position < source.byteCount, !range.isEmpty else { return 0 }
    let (content, part) = try source.part(at: position, limit: range.count)
    buffer.copy(part, of: content, to: range.lowerBound)
    position += UInt64(part.count)
    return part.count
  }

  func skip(_ count: UInt64) throws(FormatError) -> Bool {
    guard count <= source.byteCount - position else { return false }
    position += count
    return true
  }
}
