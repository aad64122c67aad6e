internal import Dispatch
internal import WeighbridgeByteIO
internal import WeighbridgeDigests

/// A layer of parts: they are decoded by workers, a batch ahead of the reader.
final class FrameStream: LayerStream {
  private let blob: any ByteSource
  private let parts: any LayerParts
  private let batchBytes: Int
  private let workers: Int
  private let isThorough: Bool
  private let blobDigest = RunningDigest()
  private let diffDigest: RunningDigest?
  /// The batch that is read, and the one that is made meanwhile.
  private var current = Batch()
  private var next = Batch()
  private var isLoading = false
  private var nextPart = 0
  /// The place in the current batch: a part and a byte of its content.
  private var part = 0
  private var byte = 0

  /// Parts that are decoded together; one thread uses it at a time.
  private final class Batch: @unchecked Sendable {
    var parts = 0..<0
    let input = Buffer(capacity: 0)
    var contents: [Buffer] = []
    var error: FormatError?
    let loaded = DispatchSemaphore(value: 0)
  }

  init(
    _ blob: any ByteSource, _ parts: any LayerParts, workers: Int, hashesContent: Bool,
    isThorough: Bool
  ) {
    diffDigest = hashesContent ? RunningDigest() : nil
    self.blob = blob
    self.parts = parts
    self.isThorough = isThorough
    self.workers = max(1, workers)
    batchBytes = min(max(4, 2 * workers), 24) << 20
  }

  /// Begins at an offset of the content; the layer cannot be hashed then.
  convenience init(
    _ blob: any ByteSource, _ parts: any LayerParts, workers: Int, hashesContent: Bool,
    isThorough: Bool, after offset: UInt64
  ) throws(FormatError) {
    self.init(
      blob, parts, workers: workers, hashesContent: hashesContent, isThorough: isThorough)
    guard offset < parts.contentByteCount else {
      nextPart = parts.count
      return
    }
    nextPart = parts.index(at: offset)
    _ = try skip(offset - parts.place(nextPart).contentOffset)
  }

  var name: String { blob.name }

  func read(into buffer: Buffer, _ range: Range<Int>) throws(FormatError) -> Int {
    guard !range.isEmpty else { return 0 }
    while true {
      if part == current.parts.upperBound {
        guard try advance() else { return 0 }
      }
      let size = parts.place(part).contentByteCount
      let count = min(size - byte, range.count)
      guard count > 0 else {
        part += 1
        byte = 0
        continue
      }
      let target = range.lowerBound..<range.lowerBound + count
      buffer.copy(
        byte..<byte + count, of: current.contents[part - current.parts.lowerBound],
        to: range.lowerBound)
      diffDigest?.feed(buffer, target)
      byte += count
      return count
    }
  }

  /// Takes the next batch and has the one behind it made; false at the end.
  private func advance() throws(FormatError) -> Bool {
    if !isLoading { load() }
    guard isLoading else { return false }
    next.loaded.wait()
    isLoading = false
    swap(&current, &next)
    if let error = current.error { throw error }
    part = current.parts.lowerBound
    byte = 0
    load()
    return true
  }

  /// Has the next parts decoded in the background.
  private func load() {
    guard nextPart < parts.count else { return }
    let batch = next
    var end = nextPart
    var bytes = 0
    repeat {
      bytes += parts.place(end).contentByteCount
      end += 1
    } while end < parts.count && end - nextPart < 256
      && bytes + parts.place(end).contentByteCount <= batchBytes
    batch.parts = nextPart..<end
    nextPart = end
    isLoading = true
    let loader = Loader(
      blob: blob, parts: parts, digest: blobDigest, workers: workers, isThorough: isThorough)
    DispatchQueue.global().async {
      do throws(FormatError) { try loader.load(batch) } catch { batch.error = error }
      batch.loaded.signal()
    }
  }

  /// What the background needs.
  private struct Loader: Sendable {
    let blob: any ByteSource
    let parts: any LayerParts
    let digest: RunningDigest
    let workers: Int
    let isThorough: Bool

    func load(_ batch: Batch) throws(FormatError) {
      let places = batch.parts.map { parts.place($0) }
      // Those that are not stored elsewhere lie one behind the other.
      let stored = places.filter { !$0.isRepeated }
      let start = stored.first?.offset ?? 0
      let byteCount = stored.last.map { Int($0.offset - start) + $0.byteCount } ?? 0
      batch.input.reserve(byteCount)
      try batch.input.fill(0..<byteCount, from: blob, at: start)
      while batch.contents.count < places.count { batch.contents.append(Buffer(capacity: 0)) }
      let contents = batch.contents
      let first = batch.parts.lowerBound
      try Workers.run(workers, jobs: places.count + 1) { (job) throws(FormatError) in
        // Hashing is the longest job, so it starts first.
        guard job > 0 else { return digest.feed(batch.input, 0..<byteCount) }
        let place = places[job - 1]
        var (input, range) = (batch.input, 0..<place.byteCount)
        if place.isRepeated {
          input = Buffer(capacity: place.byteCount)
          try input.fill(range, from: blob, at: place.offset)
        } else {
          let offset = Int(place.offset - start)
          range = offset..<offset + place.byteCount
        }
        try parts.decode(
          first + job - 1, range, of: input, into: contents[job - 1], isThorough: isThorough)
      }
    }
  }

  func finish() throws(FormatError) -> (blob: Digest, diff: Digest?) {
    try drain()
    // Behind the parts there are only tables, which were read already.
    let buffer = Buffer(capacity: 1 << 16)
    var offset = parts.byteCount
    while offset < blob.byteCount {
      let count = Int(min(UInt64(buffer.capacity), blob.byteCount - offset))
      try buffer.fill(0..<count, from: blob, at: offset)
      blobDigest.feed(buffer, 0..<count)
      offset += UInt64(count)
    }
    return (blobDigest.finish(), diffDigest?.finish())
  }
}
