internal import Dispatch
internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeZstd

/// A layer of zstd frames with a seek table: frames are decompressed by workers, a batch ahead of the
/// reader.
final class FrameStream: LayerStream {
  private let blob: any ByteSource
  private let table: SeekTable
  /// Where the blob begins in the bundle; for messages.
  private let base: UInt64
  private let batchBytes: Int
  private let workers: Int
  private let decoders = DecoderPool()
  private let blobDigest = RunningDigest()
  private let diffDigest: RunningDigest?
  /// The batch that is read, and the one that is made meanwhile.
  private var current = Batch()
  private var next = Batch()
  private var isLoading = false
  private var nextFrame = 0
  /// The place in the current batch: a frame and a byte of its content.
  private var frame = 0
  private var byte = 0

  /// Frames that are decompressed together; one thread uses it at a time.
  private final class Batch: @unchecked Sendable {
    var frames = 0..<0
    let input = Buffer(capacity: 0)
    var contents: [Buffer] = []
    var error: FormatError?
    let loaded = DispatchSemaphore(value: 0)
  }

  init(
    _ blob: any ByteSource, _ table: SeekTable, base: UInt64, workers: Int, hashesContent: Bool
  ) {
    diffDigest = hashesContent ? RunningDigest() : nil
    self.blob = blob
    self.base = base
    self.table = table
    self.workers = max(1, workers)
    batchBytes = min(max(4, 2 * workers), 64) << 20
  }

  var name: String { blob.name }

  func read(into buffer: Buffer, _ range: Range<Int>) throws(FormatError) -> Int {
    guard !range.isEmpty else { return 0 }
    while true {
      if frame == current.frames.upperBound {
        guard try advance() else { return 0 }
      }
      let size = table.frames[frame].contentByteCount
      let count = min(size - byte, range.count)
      guard count > 0 else {
        frame += 1
        byte = 0
        continue
      }
      let target = range.lowerBound..<range.lowerBound + count
      buffer.copy(
        byte..<byte + count, of: current.contents[frame - current.frames.lowerBound],
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
    frame = current.frames.lowerBound
    byte = 0
    load()
    return true
  }

  /// Has the next frames decompressed in the background.
  private func load() {
    guard nextFrame < table.frames.count else { return }
    let batch = next
    var end = nextFrame
    var bytes = 0
    repeat {
      bytes += table.frames[end].contentByteCount
      end += 1
    } while end < table.frames.count && end - nextFrame < 256
      && bytes + table.frames[end].contentByteCount <= batchBytes
    batch.frames = nextFrame..<end
    nextFrame = end
    isLoading = true
    let loader = Loader(
      blob: blob, table: table, base: base, decoders: decoders, digest: blobDigest,
      workers: workers)
    DispatchQueue.global().async {
      do throws(FormatError) { try loader.load(batch) } catch { batch.error = error }
      batch.loaded.signal()
    }
  }

  /// What the background needs.
  private struct Loader: Sendable {
    let blob: any ByteSource
    let table: SeekTable
    let base: UInt64
    let decoders: DecoderPool
    let digest: RunningDigest
    let workers: Int

    func load(_ batch: Batch) throws(FormatError) {
      let frames = Array(table.frames[batch.frames])
      guard let first = frames.first, let last = frames.last else { return }
      let byteCount = Int(last.offset - first.offset) + last.byteCount
      batch.input.reserve(byteCount)
      try batch.input.fill(0..<byteCount, from: blob, at: first.offset)
      while batch.contents.count < frames.count { batch.contents.append(Buffer(capacity: 0)) }
      let contents = batch.contents
      try Workers.run(workers, jobs: frames.count + 1) { (index) throws(FormatError) in
        // Hashing is the longest job, so it starts first.
        guard index > 0 else { return digest.feed(batch.input, 0..<byteCount) }
        let frame = frames[index - 1]
        let start = Int(frame.offset - first.offset)
        try decode(
          frame, batch.frames.lowerBound + index - 1, start..<start + frame.byteCount,
          of: batch.input, into: contents[index - 1])
      }
    }

    private func decode(
      _ frame: SeekTable.Frame, _ index: Int, _ range: Range<Int>, of input: Buffer,
      into content: Buffer
    ) throws(FormatError) {
      do {
        content.reserve(frame.contentByteCount)
        try decoders.decode(range, of: input, into: content, count: frame.contentByteCount)
      } catch {
        throw FormatError(error, frame: index, frame, in: blob.name, base: base)
      }
    }
  }

  func finish() throws(FormatError) -> (blob: Digest, diff: Digest?) {
    try drain()
    // Behind the frames there is only the table, whose numbers were read already.
    let buffer = Buffer(capacity: 1 << 16)
    var offset = table.byteCount
    while offset < blob.byteCount {
      let count = Int(min(UInt64(buffer.capacity), blob.byteCount - offset))
      try buffer.fill(0..<count, from: blob, at: offset)
      blobDigest.feed(buffer, 0..<count)
      offset += UInt64(count)
    }
    return (blobDigest.finish(), diffDigest?.finish())
  }
}
