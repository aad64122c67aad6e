internal import Synchronization
internal import WeighbridgeByteIO

/// The contents of a layer of parts, readable at any offset, from any thread.
///
/// A part that is read is kept for the next read, up to 16 MiB of them; a read of one row of a tensor
/// costs one part.
final class FrameSource: ByteSource {
  let name: String
  let byteCount: UInt64
  private let blob: any ByteSource
  private let parts: any LayerParts
  /// Contents by index, the last used one last.
  private let cache = Mutex<[(index: Int, content: Buffer)]>([])
  private static let cacheBytes = 16 << 20

  init(_ blob: any ByteSource, _ parts: any LayerParts, name: String) {
    self.blob = blob
    self.parts = parts
    self.name = name
    byteCount = parts.contentByteCount
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

  /// Bytes at an offset: a part that holds them, and where in it, at least one and at most `limit`.
  func part(
    at offset: UInt64, limit: Int
  ) throws(FormatError) -> (content: Buffer, range: Range<Int>) {
    let index = parts.index(at: offset)
    let place = parts.place(index)
    let start = Int(offset - place.contentOffset)
    let count = min(place.contentByteCount - start, limit)
    return (try content(of: index), start..<start + count)
  }

  /// A decoded part; nobody writes into it any more.
  private func content(of index: Int) throws(FormatError) -> Buffer {
    let kept: Buffer? = cache.withLock { kept in
      guard let place = kept.firstIndex(where: { $0.index == index }) else { return nil }
      let part = kept.remove(at: place)
      kept.append(part)
      return part.content
    }
    if let kept { return kept }
    let content = try decode(index)
    cache.withLock { kept in
      kept.removeAll { $0.index == index }
      kept.append((index, content))
      while kept.count > 1, kept.reduce(0, { $0 + $1.content.capacity }) > Self.cacheBytes {
        kept.removeFirst()
      }
    }
    return content
  }

  private func decode(_ index: Int) throws(FormatError) -> Buffer {
    let place = parts.place(index)
    let input = Buffer(capacity: place.byteCount)
    let content = Buffer(capacity: place.contentByteCount)
    try input.fill(0..<place.byteCount, from: blob, at: place.offset)
    try parts.decode(index, 0..<place.byteCount, of: input, into: content, isThorough: true)
    return content
  }

  private func check(_ index: Int) throws(FormatError) {
    let place = parts.place(index)
    let input = Buffer(capacity: place.byteCount)
    try input.fill(0..<place.byteCount, from: blob, at: place.offset)
    try parts.check(index, 0..<place.byteCount, of: input, by: Buffer(capacity: 0))
  }

  /// The parts that are not as they were stored; at most a hundred, in order.
  func damage(workers: Int) -> [FormatError] {
    let found = Mutex<[(index: Int, error: FormatError)]>([])
    // Nothing throws: what is found is what is looked for.
    try? Workers.run(workers, jobs: parts.count) { (index) throws(FormatError) in
      do throws(FormatError) { try check(index) } catch {
        found.withLock { if $0.count < 100 + 4 * workers { $0.append((index, error)) } }
      }
    }
    return found.withLock { $0 }.sorted { $0.index < $1.index }.prefix(100).map(\.error)
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
