internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeZstd

/// What a layer turned out to be.
struct WrittenLayer {
  /// The SHA-256 of the layer as it is stored.
  let digest: Digest
  /// Its bytes.
  let byteCount: UInt64
  /// The SHA-256 of the layer before compression.
  let diffID: Digest
  /// The SHA-256 of the file.
  let fileDigest: Digest
  /// The SHA-256 of the table of contents, of a layer of planes.
  var contents: Digest?
}

/// A megabyte of a layer on its way through the workers; one thread uses it at a time.
final class Piece: @unchecked Sendable {
  /// The bytes of content of one frame.
  static let byteCount = 1 << 20

  let content = Buffer(capacity: Piece.byteCount)
  let frame = Buffer(capacity: 0)
  var frameByteCount = 0
  /// Its place among the pieces of its layer.
  var index = 0
  /// Of a chunk in planes: the bytes of its frames and of their contents, and the digest of them all.
  var frames: [(stored: Int, content: Int)] = []
  var digest: Digest?
  /// Where the content lies in the layer before compression.
  var range: Range<UInt64> = 0..<0
  var byteCount: Int { Int(range.upperBound - range.lowerBound) }
}

/// What becomes of the pieces of one layer.
protocol LayerOutput: Sendable {
  /// Works on one piece, on any worker.
  func prepare(_ piece: Piece) throws(FormatError)
  /// How many jobs take prepared pieces; they run side by side, each in order.
  var jobCount: Int { get }
  /// Does one of these jobs for the next pieces.
  func finish(_ job: Int, _ pieces: [Piece]) throws(FormatError)
}

/// Writes layers: pieces are read and compressed by workers, a batch at a time, while the batch
/// before is hashed and written in order.
///
/// A piece becomes the same frame whoever compresses it, and pieces are written in order, so the
/// bytes do not depend on the number of workers. Memory is two batches, whatever the file's size.
final class LayerWriter {
  private let workers: Int
  private let sink: any PositionalSink
  private let progress: any ProgressObserver
  private let batches: [[Piece]]

  init(workers: Int, sink: any PositionalSink, progress: any ProgressObserver) {
    self.workers = max(1, workers)
    self.sink = sink
    self.progress = progress
    // Enough pieces for every worker to be busy while others finish.
    let count = min(max(4, 4 * workers), 40)
    batches = (0..<2).map { _ in (0..<count).map { _ in Piece() } }
  }

  /// Writes a file as it is.
  func writeRaw(_ source: any ByteSource, at offset: UInt64) throws(FormatError) -> WrittenLayer {
    let output = RawOutput(LayerPlace(at: offset, sink: sink, progress: progress))
    try run(source, output)
    return output.end()
  }

  /// Writes an archive of one file as zstd frames and their seek table.
  func writeFrames(
    _ layer: TarLayer, level: Int, at offset: UInt64
  ) throws(FormatError) -> WrittenLayer {
    let output = FrameOutput(
      LayerPlace(at: offset, sink: sink, progress: progress), contents: layer.contents,
      encoders: EncoderPool(.level(level), name: layer.name))
    try run(layer, output)
    return try output.end()
  }

  /// Writes a file as zstd frames and their seek table.
  func writeFrames(
    _ source: any ByteSource, level: Int, at offset: UInt64
  ) throws(FormatError) -> WrittenLayer {
    let output = FrameOutput(
      LayerPlace(at: offset, sink: sink, progress: progress), contents: nil,
      encoders: EncoderPool(.level(level), name: source.name))
    try run(source, output)
    return try output.end()
  }

  /// Writes a file as planes in zstd frames, their table of contents and their seek table.
  func writePlanes(
    _ source: any ByteSource, _ plan: PlanarPlan, encoders: PlaneEncoders, at offset: UInt64
  ) throws(FormatError) -> WrittenLayer {
    let output = PlanarOutput(
      LayerPlace(at: offset, sink: sink, progress: progress), plan, encoders: encoders)
    try run(source, plan.chunks.map(\.range), output)
    return try output.end()
  }

  /// The most bytes that so many take as frames and their seek table.
  static func largestByteCount(_ byteCount: UInt64) -> UInt64 {
    let pieces = (byteCount + UInt64(Piece.byteCount) - 1) / UInt64(Piece.byteCount)
    return pieces * UInt64(ZstdEncoder.bound(Piece.byteCount) + SeekTable.bytesPerFrame)
      + UInt64(SeekTable.fixedBytes)
  }

  /// Reads all of `source` in pieces of a megabyte.
  private func run(
    _ source: any ByteSource, _ output: any LayerOutput
  ) throws(FormatError) {
    let ranges = stride(from: 0, to: source.byteCount, by: Piece.byteCount).map { start in
      start..<min(start + UInt64(Piece.byteCount), source.byteCount)
    }
    try run(source, ranges, output)
  }

  /// Reads `source` piece by piece; a batch is prepared while the one before is finished.
  private func run(
    _ source: any ByteSource, _ ranges: [Range<UInt64>], _ output: any LayerOutput
  ) throws(FormatError) {
    let jobs = output.jobCount
    var ready: [Piece] = []
    var next = 0
    var turn = 0
    while true {
      var current: [Piece] = []
      for piece in batches[turn] where next < ranges.count {
        piece.range = ranges[next]
        piece.index = next
        current.append(piece)
        next += 1
      }
      guard !current.isEmpty || !ready.isEmpty else { return }
      let pieces = current
      let prepared = ready
      try Workers.run(workers, jobs: jobs + pieces.count) { (index) throws(FormatError) in
        guard index >= jobs else { return try output.finish(index, prepared) }
        let piece = pieces[index - jobs]
        try piece.content.fill(0..<piece.byteCount, from: source, at: piece.range.lowerBound)
        try output.prepare(piece)
      }
      ready = current
      turn = 1 - turn
    }
  }
}
