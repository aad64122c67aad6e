internal import Synchronization
internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeJSON
internal import WeighbridgeZstd

/// The chunks of a layer of planes.
final class PlanarParts: LayerParts {
  /// A chunk: its frames, and where its content lies.
  private struct Chunk {
    let region: Int
    let digest: Digest
    let frames: Range<Int>
    let contentOffset: UInt64
    let contentByteCount: Int
    let isRepeated: Bool
  }

  let contents: PlanarContents
  private let chunks: [Chunk]
  private let frames: [SeekTable.Frame]
  /// Where each region begins in the content.
  private let regionStarts: [UInt64]
  private let name: String
  private let base: UInt64
  private let decoders = DecoderPool()
  private let desks = PlanarDesk.Pool()
  private let predictions: any PredictionSources
  /// Sources of predictions that were asked for, by region.
  private let sources = Mutex<[Int: any ByteSource]>([:])

  let noun = "chunk"
  let byteCount: UInt64
  let contentByteCount: UInt64
  var count: Int { chunks.count }

  /// Reads the table of contents of a layer.
  ///
  /// `digest` is what the manifest says of it. Every number is checked against the seek table, which was
  /// checked against the layer's size.
  init(
    _ blob: any ByteSource, _ table: SeekTable, digest: Digest?, base: UInt64,
    limits: BundleLimits, predictions: any PredictionSources
  ) throws(FormatError) {
    let name = blob.name
    func fault(_ code: FormatError.Code, _ message: String) -> FormatError {
      FormatError(code, "the layer's \(message)", in: name, at: base + table.byteCount)
    }
    guard let last = table.frames.last, last.contentByteCount == 0, let digest else {
      throw fault(.invalidValue, "frames do not end with a table of contents")
    }
    let json = try Self.read(blob, last, digest, limits: limits) { fault($0, $1) }
    let contents = try PlanarContents(json: json) { code, message in
      FormatError(code, "the layer: " + message, in: name, at: base + last.offset)
    }
    let (chunks, used) = try Self.chunks(contents, table.frames.dropLast()) { fault($0, $1) }
    guard used == table.frames.count - 1 else {
      throw fault(
        .invalidValue, "chunks have \(used) frames; there are \(table.frames.count - 1)")
    }
    self.contents = contents
    self.chunks = chunks
    self.frames = Array(table.frames.dropLast())
    self.name = name
    self.base = base
    self.predictions = predictions
    var start: UInt64 = 0
    regionStarts = contents.regions.map { region in
      defer { start += region.byteCount }
      return start
    }
    byteCount = last.offset
    contentByteCount = contents.byteCount
  }

  /// The JSON in the skippable frame at the end.
  private static func read(
    _ blob: any ByteSource, _ frame: SeekTable.Frame, _ digest: Digest, limits: BundleLimits,
    _ fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) -> [UInt8] {
    guard frame.byteCount > 16, UInt64(frame.byteCount) <= limits.documentBytes else {
      throw fault(.limitExceeded, "table of contents has \(frame.byteCount) bytes")
    }
    let bytes: [UInt8]
    do { bytes = try blob.readBytes(at: frame.offset, count: frame.byteCount) } catch {
      throw FormatError(error)
    }
    guard SHA256.hash(bytes) == digest else {
      throw fault(.digestMismatch, "table of contents does not have the digest that is announced")
    }
    let size = bytes[8..<16].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard Array(bytes[..<4]) == PlanarContents.frameMagic, size <= 8 * limits.documentBytes else {
      throw fault(.invalidValue, "table of contents is not in a frame of its own")
    }
    let input = Buffer(capacity: bytes.count)
    try input.fill(0..<bytes.count, from: MemorySource(bytes), at: 0)
    let output = Buffer(capacity: Int(size))
    do {
      try DecoderPool().decode(16..<bytes.count, of: input, into: output, count: Int(size))
    } catch { throw fault(.digestMismatch, "table of contents is damaged: \(error)") }
    return output.array(0..<Int(size))
  }

  /// Gives each chunk its frames, whose sizes must be those of its planes.
  private static func chunks(
    _ contents: PlanarContents, _ frames: ArraySlice<SeekTable.Frame>,
    _ fault: (FormatError.Code, String) -> FormatError
  ) throws(FormatError) -> (chunks: [Chunk], used: Int) {
    var chunks: [Chunk] = []
    var known: [PlanarContents.Key: Range<Int>] = [:]
    var offset: UInt64 = 0
    var next = 0
    for (index, region) in contents.regions.enumerated() {
      let transform = region.transform
      var left = region.byteCount
      for digest in region.digests {
        let size = Int(min(left, UInt64(transform.chunkBytes)))
        let key = PlanarContents.Key(digest: digest, transform: transform, byteCount: size)
        let repeated = known[key]
        let range = repeated ?? next..<next + transform.planes.count
        guard range.upperBound <= frames.count else {
          throw fault(.invalidValue, "chunk \(chunks.count) has no frames")
        }
        let planes = transform.ranges(blocks: size / transform.blockBytes).map(\.count)
        guard frames[range].map(\.contentByteCount) == planes else {
          throw fault(
            .invalidValue, "chunk \(chunks.count) has planes that do not fit their frames")
        }
        if repeated == nil {
          next = range.upperBound
          known[key] = range
        }
        let (end, overflow) = offset.addingReportingOverflow(UInt64(size))
        guard !overflow else { throw fault(.invalidValue, "sizes overflow") }
        chunks.append(
          Chunk(
            region: index, digest: digest, frames: range, contentOffset: offset,
            contentByteCount: size, isRepeated: repeated != nil))
        offset = end
        left -= UInt64(size)
      }
    }
    return (chunks, next)
  }

  func place(_ index: Int) -> LayerPart {
    let chunk = chunks[index]
    let (first, last) = (frames[chunk.frames.lowerBound], frames[chunk.frames.upperBound - 1])
    return LayerPart(
      offset: first.offset, byteCount: Int(last.offset - first.offset) + last.byteCount,
      contentOffset: chunk.contentOffset, contentByteCount: chunk.contentByteCount,
      isRepeated: chunk.isRepeated)
  }

  func index(at offset: UInt64) -> Int {
    var (low, high) = (0, chunks.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if chunks[middle].contentOffset <= offset { low = middle } else { high = middle }
    }
    return low
  }

  func decode(
    _ index: Int, _ range: Range<Int>, of input: Buffer, into content: Buffer, isThorough: Bool
  ) throws(FormatError) {
    let desk = desks.take()
    defer { desks.give(back: desk) }
    let chunk = chunks[index]
    let transform = contents.regions[chunk.region].transform
    if isThorough { try check(index, range, of: input, by: content) }
    let blocks = chunk.contentByteCount / transform.blockBytes
    desk.planes.reserve(blocks * transform.symbols)
    var start = range.lowerBound
    for (frame, plane) in zip(frames[chunk.frames], transform.ranges(blocks: blocks)) {
      do {
        try decoders.decode(
          start..<start + frame.byteCount, of: input, into: desk.planes, at: plane.lowerBound,
          count: plane.count)
      } catch { throw damaged(index, "\(error)") }
      start += frame.byteCount
    }
    desk.planes.sort(blocks, by: transform, undoes: true, desk.scratch)
    content.join(desk.planes, blocks: blocks, by: transform)
    try addPrediction(to: content, of: chunk, desk.base)
  }

  func check(
    _ index: Int, _ range: Range<Int>, of input: Buffer, by content: Buffer
  ) throws(FormatError) {
    var digest = SHA256()
    input.feed(range, to: &digest)
    guard digest.finalize() == chunks[index].digest else {
      throw damaged(index, "it does not have its digest")
    }
  }

  private func damaged(_ index: Int, _ reason: String) -> FormatError {
    let place = place(index)
    let tensor = contents.regions[chunks[index].region].tensor?["name"]?.text
    return FormatError(
      .digestMismatch,
      "chunk \(index) (\(place.contentByteCount) bytes from \(place.contentOffset) on"
        + "\(tensor.map { ", of '\($0)'" } ?? "")) is damaged: \(reason)", in: name,
      at: base + place.offset)
  }

  /// What is stored are differences, where the region is predicted.
  private func addPrediction(
    to content: Buffer, of chunk: Chunk, _ buffer: Buffer
  ) throws(FormatError) {
    let region = contents.regions[chunk.region]
    guard let record = region.prediction else { return }
    let source: any ByteSource
    if let known = sources.withLock({ $0[chunk.region] }) {
      source = known
    } else {
      source = try predictions.source(for: record, in: name)
      sources.withLock { $0[chunk.region] = source }
    }
    guard source.byteCount == region.byteCount else {
      throw FormatError(
        .invalidValue,
        "a region of \(region.byteCount) bytes is predicted from \(source.byteCount)", in: name)
    }
    let count = chunk.contentByteCount
    buffer.reserve(count)
    try buffer.fill(
      0..<count, from: source, at: chunk.contentOffset - regionStarts[chunk.region])
    guard region.width == 0 || count % region.width == 0 else {
      throw FormatError(.invalidValue, "a region holds a part of a number", in: name)
    }
    content.combine(count, with: buffer, width: region.width, undoes: true)
  }
}
