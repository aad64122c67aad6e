internal import Synchronization
internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeZstd

/// Where a layer is written, in order; one thread uses it at a time.
final class LayerPlace: @unchecked Sendable {
  let start: UInt64
  private(set) var position: UInt64
  private let sink: any PositionalSink
  private let progress: any ProgressObserver

  init(at position: UInt64, sink: any PositionalSink, progress: any ProgressObserver) {
    self.start = position
    self.position = position
    self.sink = sink
    self.progress = progress
  }

  /// The bytes written.
  var byteCount: UInt64 { position - start }

  /// Writes the first `count` bytes of a buffer, which stand for `content` bytes of a file.
  func append(_ buffer: Buffer, _ count: Int, content: Int) throws(FormatError) {
    try buffer.write(0..<count, to: sink, at: position)
    position += UInt64(count)
    progress.advance(by: UInt64(content))
  }

  /// Passes over content that is stored already.
  func advance(_ content: Int) { progress.advance(by: UInt64(content)) }

  /// Writes an array.
  func append(_ bytes: [UInt8]) throws(FormatError) {
    do { try sink.write(bytes, at: position) } catch { throw FormatError(error) }
    position += UInt64(bytes.count)
  }
}

/// A layer that is the file.
final class RawOutput: LayerOutput {
  private let place: LayerPlace
  private let digest = RunningDigest()

  init(_ place: LayerPlace) { self.place = place }

  func prepare(_ piece: Piece) throws(FormatError) {
    // A raw layer is what was read.
  }

  let jobCount = 2

  func finish(_ job: Int, _ pieces: [Piece]) throws(FormatError) {
    for piece in pieces {
      if job == 0 {
        digest.feed(piece.content, 0..<piece.byteCount)
      } else {
        try place.append(piece.content, piece.byteCount, content: piece.byteCount)
      }
    }
  }

  func end() -> WrittenLayer {
    let digest = digest.finish()
    return WrittenLayer(
      digest: digest, byteCount: place.byteCount, diffID: digest, fileDigest: digest)
  }
}

/// A layer of zstd frames, one a piece, and their seek table; each job touches what is its own.
final class FrameOutput: LayerOutput, @unchecked Sendable {
  private let place: LayerPlace
  private let contents: Range<UInt64>?
  private let encoders: EncoderPool
  private let blobDigest = RunningDigest()
  private let diffDigest = RunningDigest()
  private let fileDigest = RunningDigest()
  private var table = SeekTable()

  /// `contents` is where the file lies in the archive; nil where the layer is the file.
  init(_ place: LayerPlace, contents: Range<UInt64>?, encoders: EncoderPool) {
    self.place = place
    self.contents = contents
    self.encoders = encoders
  }

  func prepare(_ piece: Piece) throws(FormatError) {
    piece.frameByteCount = try encoders.encode(piece.content, piece.byteCount, into: piece.frame)
  }

  let jobCount = 3

  func finish(_ job: Int, _ pieces: [Piece]) throws(FormatError) {
    for piece in pieces {
      switch job {
      case 0: diffDigest.feed(piece.content, 0..<piece.byteCount)
      case 1: feedFile(piece)
      default: try write(piece)
      }
    }
  }

  private func feedFile(_ piece: Piece) {
    guard let contents else { return }
    let part = piece.range.clamped(to: contents)
    guard !part.isEmpty else { return }
    let start = Int(part.lowerBound - piece.range.lowerBound)
    fileDigest.feed(piece.content, start..<start + part.count)
  }

  private func write(_ piece: Piece) throws(FormatError) {
    blobDigest.feed(piece.frame, 0..<piece.frameByteCount)
    try place.append(piece.frame, piece.frameByteCount, content: piece.byteCount)
    // A sum of sizes that were all written to one file does not leave 64 bits.
    _ = table.append(
      byteCount: UInt32(piece.frameByteCount), contentByteCount: UInt32(piece.byteCount))
  }

  func end() throws(FormatError) -> WrittenLayer {
    let table = table.encoded
    blobDigest.feed(table)
    try place.append(table)
    let diffID = diffDigest.finish()
    return WrittenLayer(
      digest: blobDigest.finish(), byteCount: place.byteCount, diffID: diffID,
      fileDigest: contents == nil ? diffID : fileDigest.finish())
  }
}

/// Compressors of one method, as many as work at the same time.
final class EncoderPool: Sendable {
  private let method: ZstdMethod
  private let name: String
  private let idle = Mutex<[Box]>([])

  /// A compressor that can be put into an array; one thread uses it at a time.
  private final class Box: @unchecked Sendable {
    var encoder: ZstdEncoder
    init(_ encoder: consuming ZstdEncoder) { self.encoder = encoder }
  }

  init(_ method: ZstdMethod, name: String) {
    self.method = method
    self.name = name
  }

  /// Compresses the first `count` bytes of `content` into `frame`.
  func encode(_ content: Buffer, _ count: Int, into frame: Buffer) throws(FormatError) -> Int {
    try encode(content, 0..<count, into: frame, at: 0)
  }

  /// Compresses a range of `content` into `frame`, from `start` on, where there is room.
  func encode(
    _ content: Buffer, _ range: Range<Int>, into frame: Buffer, at start: Int
  ) throws(FormatError) -> Int {
    do throws(ZstdError) {
      let box: Box
      if let used = idle.withLock({ $0.popLast() }) {
        box = used
      } else {
        box = Box(try ZstdEncoder(method))
      }
      let result = try frame.encode(range, of: content, at: start, with: &box.encoder)
      idle.withLock { $0.append(box) }
      return result
    } catch { throw FormatError(.invalidValue, "cannot compress: \(error)", in: name) }
  }
}
