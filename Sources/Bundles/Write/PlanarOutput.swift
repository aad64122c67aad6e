internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeZstd

/// A layer of planes in zstd frames, their table of contents and their seek table; each job touches what
/// is its own.
final class PlanarOutput: LayerOutput, @unchecked Sendable {
  private let place: LayerPlace
  private let plan: PlanarPlan
  private let encoders: PlaneEncoders
  private let blobDigest = RunningDigest()
  private let fileDigest = RunningDigest()
  private var table = SeekTable()
  private var digests: [Digest] = []
  /// Chunks that are stored.
  private var known: Set<PlanarContents.Key> = []

  init(_ place: LayerPlace, _ plan: PlanarPlan, encoders: PlaneEncoders) {
    self.place = place
    self.plan = plan
    self.encoders = encoders
  }

  private func region(of piece: Piece) -> PlanarRegion {
    plan.regions[plan.chunks[piece.index].region]
  }

  func prepare(_ piece: Piece) throws(FormatError) {
    try encoders.encode(piece, of: region(of: piece))
    var digest = SHA256()
    piece.frame.feed(0..<piece.frameByteCount, to: &digest)
    piece.digest = digest.finalize()
  }

  let jobCount = 2

  func finish(_ job: Int, _ pieces: [Piece]) throws(FormatError) {
    for piece in pieces {
      if job == 0 {
        fileDigest.feed(piece.content, 0..<piece.byteCount)
      } else {
        try write(piece)
      }
    }
  }

  private func write(_ piece: Piece) throws(FormatError) {
    guard let digest = piece.digest else { preconditionFailure("the piece was not prepared") }
    digests.append(digest)
    let key = PlanarContents.Key(
      digest: digest, transform: region(of: piece).transform, byteCount: piece.byteCount)
    guard known.insert(key).inserted else { return place.advance(piece.byteCount) }
    blobDigest.feed(piece.frame, 0..<piece.frameByteCount)
    try place.append(piece.frame, piece.frameByteCount, content: piece.byteCount)
    for frame in piece.frames {
      // A sum of sizes that were all written to one file does not leave 64 bits.
      _ = table.append(
        byteCount: UInt32(frame.stored), contentByteCount: UInt32(frame.content))
    }
  }

  func end() throws(FormatError) -> WrittenLayer {
    let file = fileDigest.finish()
    let contents = try Self.trailer(PlanarContents(plan, digests: digests).encoded(file: file))
    _ = table.append(byteCount: UInt32(contents.count), contentByteCount: 0)
    for bytes in [contents, table.encoded] {
      blobDigest.feed(bytes)
      try place.append(bytes)
    }
    return WrittenLayer(
      digest: blobDigest.finish(), byteCount: place.byteCount, diffID: file, fileDigest: file,
      contents: SHA256.hash(contents))
  }

  /// The table of contents in a skippable frame.
  private static func trailer(_ json: [UInt8]) throws(FormatError) -> [UInt8] {
    let content = Buffer(capacity: json.count)
    try content.fill(0..<json.count, from: MemorySource(json), at: 0)
    let frame = Buffer(capacity: 0)
    let count = try EncoderPool(.level(19), name: "contents").encode(
      content, json.count, into: frame)
    return PlanarContents.frameMagic + little(UInt64(count + 8), 4)
      + little(UInt64(json.count), 8) + frame.array(0..<count)
  }

  private static func little(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
  }

  /// The most bytes that a layer takes: each chunk's frames and their lines in the tables.
  static func largestByteCount(_ plan: PlanarPlan) -> UInt64 {
    var sum: UInt64 = 1 << 16
    for region in plan.regions {
      let transform = region.transform
      let blocks = transform.chunkBytes / transform.blockBytes
      let chunk = transform.planes.reduce(0) {
        $0 + ZstdEncoder.bound($1 * blocks) + SeekTable.bytesPerFrame
      }
      // A digest in a table of contents takes 64 bytes, a region and its transform some kilobytes.
      sum += UInt64(region.chunkCount) * UInt64(chunk + 64) + 8192
    }
    return sum
  }
}
