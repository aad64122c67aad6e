internal import WeighbridgeByteIO
internal import WeighbridgeZstd

/// Compressors of planes, and the choice between them; it depends on the bytes alone.
final class PlaneEncoders: Sendable {
  private let text: EncoderPool
  private let huffman: EncoderPool
  private let matches: EncoderPool
  private let store: EncoderPool
  private let desks = PlanarDesk.Pool()

  /// Bytes of which a part shows whether matches pay.
  private static let sampled = 1 << 14
  /// A plane is stored as it is where coding it saves less: reading it is then only copying it.
  private static let storesAbove = 0.985

  init(textLevel: Int, name: String) {
    text = EncoderPool(.level(textLevel), name: name)
    huffman = EncoderPool(.huffman, name: name)
    matches = EncoderPool(.level(1), name: name)
    store = EncoderPool(.store, name: name)
  }

  /// Compresses a plane from `start` of `frame` on, where there is room; returns the bytes.
  func encode(
    _ planes: Buffer, _ range: Range<Int>, isText: Bool, into frame: Buffer, at start: Int,
    _ scratch: Buffer
  ) throws(FormatError) -> Int {
    if isText { return try text.encode(planes, range, into: frame, at: start) }
    let coded = try huffman.encode(planes, range, into: frame, at: start)
    let matched = try encodeMatches(planes, range, instead: coded, scratch)
    if let matched {
      frame.copy(0..<matched, of: scratch, to: start)
      return matched
    }
    guard Double(coded) > Double(range.count) * Self.storesAbove else { return coded }
    return try store.encode(planes, range, into: frame, at: start)
  }

  /// The frame with matches, in `scratch`, where it is clearly smaller.
  ///
  /// A thirty-second of a large plane, from its middle, says whether it is worth trying.
  private func encodeMatches(
    _ planes: Buffer, _ range: Range<Int>, instead coded: Int, _ scratch: Buffer
  ) throws(FormatError) -> Int? {
    scratch.reserve(ZstdEncoder.bound(range.count))
    if range.count > Self.sampled {
      let size = max(range.count / 32, Self.sampled / 4)
      let middle = range.lowerBound + (range.count - size) / 2
      let sample = try matches.encode(planes, middle..<middle + size, into: scratch, at: 0)
      guard Double(sample) * Double(range.count) < 0.95 * Double(coded) * Double(size) else {
        return nil
      }
    }
    let matched = try matches.encode(planes, range, into: scratch, at: 0)
    return matched < coded ? matched : nil
  }

  /// Takes a chunk apart into frames, in `piece.frame`; what is predicted is subtracted first.
  func encode(_ piece: Piece, of region: PlanarRegion) throws(FormatError) {
    let desk = desks.take()
    defer { desks.give(back: desk) }
    let transform = region.transform
    let blocks = piece.byteCount / transform.blockBytes
    var source = piece.content
    if let prediction = region.prediction {
      desk.base.reserve(piece.byteCount)
      try desk.base.fill(
        0..<piece.byteCount, from: prediction.source,
        at: piece.range.lowerBound - region.range.lowerBound)
      // The content itself is hashed later.
      desk.difference.reserve(piece.byteCount)
      desk.difference.copy(0..<piece.byteCount, of: piece.content, to: 0)
      desk.difference.combine(
        piece.byteCount, with: desk.base, width: prediction.width, undoes: false)
      source = desk.difference
    }
    desk.planes.split(source, blocks: blocks, by: transform)
    desk.planes.sort(blocks, by: transform, undoes: false, desk.scratch)
    let ranges = transform.ranges(blocks: blocks)
    piece.frame.reserve(ranges.reduce(0) { $0 + ZstdEncoder.bound($1.count) })
    piece.frames = []
    piece.frameByteCount = 0
    for range in ranges {
      let count = try encode(
        desk.planes, range, isText: region.isText, into: piece.frame, at: piece.frameByteCount,
        desk.scratch)
      piece.frames.append((count, range.count))
      piece.frameByteCount += count
    }
  }

  /// How a file is cut, and what is predicted: a chunk from the middle of each region is tried.
  func plan(_ file: PlannedFile) throws(FormatError) -> PlanarPlan {
    var plan = PlanarPlan(byteCount: file.source.byteCount, tensors: file.tensors)
    let piece = Piece()
    try plan.predict { (region, tensor) throws(FormatError) in
      var region = region
      piece.range = region.chunk(region.chunkCount / 2)
      try piece.content.fill(0..<piece.byteCount, from: file.source, at: piece.range.lowerBound)
      try encode(piece, of: region)
      var best: BundlePrediction?
      var smallest = piece.frameByteCount
      for prediction in tensor.predictions
      where prediction.source.byteCount == UInt64(region.range.count) {
        region.prediction = prediction
        // What cannot be computed predicts nothing.
        do throws(FormatError) { try encode(piece, of: region) } catch { continue }
        guard piece.frameByteCount < smallest else { continue }
        (best, smallest) = (prediction, piece.frameByteCount)
        // Hardly anything is left to gain.
        if smallest < piece.byteCount / 64 { break }
      }
      return best
    }
    return plan
  }
}
