internal import WeighbridgeByteIO
internal import WeighbridgeDigests
internal import WeighbridgeZstd

/// The contents of a layer in order, hashed on the way.
protocol LayerStream: ByteStream {
  /// Reads what is left and returns the digests of the layer as stored and before compression, the
  /// latter where it was asked for.
  func finish() throws(FormatError) -> (blob: Digest, diff: Digest?)
}

extension LayerStream {
  func skip(_ count: UInt64) throws(FormatError) -> Bool { try skipByReading(count) }

  /// Reads everything that is left.
  func drain() throws(FormatError) {
    let scratch = Buffer(capacity: 1 << 18)
    while try read(into: scratch, 0..<scratch.capacity) > 0 {}
  }
}

/// A layer that is not compressed.
final class PlainLayerStream: LayerStream {
  private let blob: any ByteSource
  private var position: UInt64 = 0
  private let digest = RunningDigest()

  init(_ blob: any ByteSource) { self.blob = blob }

  var name: String { blob.name }

  func read(into buffer: Buffer, _ range: Range<Int>) throws(FormatError) -> Int {
    let count = Int(min(UInt64(range.count), blob.byteCount - position))
    guard count > 0 else { return 0 }
    let part = range.lowerBound..<range.lowerBound + count
    try buffer.fill(part, from: blob, at: position)
    digest.feed(buffer, part)
    position += UInt64(count)
    return count
  }

  func finish() throws(FormatError) -> (blob: Digest, diff: Digest?) {
    try drain()
    let digest = digest.finish()
    return (digest, digest)
  }
}

/// A layer of zstd frames without a seek table: one after the other.
final class ZstdLayerStream: LayerStream {
  private let blob: any ByteSource
  private let limit: UInt64
  private var decoder: ZstdDecoder
  private let input = Buffer(capacity: 1 << 18)
  private var inputRange = 0..<0
  private var position: UInt64 = 0
  private var produced: UInt64 = 0
  private var isBetweenFrames = true
  private let blobDigest = RunningDigest()
  private let diffDigest: RunningDigest?

  /// Refuses more than `limit` bytes of content.
  init(_ blob: any ByteSource, limit: UInt64, hashesContent: Bool) throws(FormatError) {
    diffDigest = hashesContent ? RunningDigest() : nil
    self.blob = blob
    self.limit = limit
    do { decoder = try ZstdDecoder() } catch {
      throw FormatError(error, "the layer", in: blob.name, at: nil)
    }
  }

  var name: String { blob.name }

  func read(into buffer: Buffer, _ range: Range<Int>) throws(FormatError) -> Int {
    guard !range.isEmpty else { return 0 }
    while true {
      if inputRange.isEmpty { try refill() }
      let isAtEnd = inputRange.isEmpty
      let step: (consumed: Int, produced: Int, isBetweenFrames: Bool)
      do {
        step = try buffer.decode(inputRange, of: input, into: range, with: &decoder)
      } catch {
        let offset = position - UInt64(inputRange.count)
        throw FormatError(error, "the layer", in: name, at: offset)
      }
      inputRange = inputRange.lowerBound + step.consumed..<inputRange.upperBound
      // After the last frame the decoder is asked once more and does nothing.
      if step.consumed > 0 || step.produced > 0 { isBetweenFrames = step.isBetweenFrames }
      if step.produced > 0 {
        produced += UInt64(step.produced)
        guard produced <= limit else {
          throw FormatError(
            .limitExceeded, "the layer expands to more than \(limit) bytes", in: name)
        }
        diffDigest?.feed(buffer, range.lowerBound..<range.lowerBound + step.produced)
        return step.produced
      }
      if isAtEnd {
        guard isBetweenFrames else {
          throw FormatError(.truncated, "the layer ends inside a zstd frame", in: name)
        }
        return 0
      }
    }
  }

  private func refill() throws(FormatError) {
    let count = Int(min(UInt64(input.capacity), blob.byteCount - position))
    try input.fill(0..<count, from: blob, at: position)
    blobDigest.feed(input, 0..<count)
    position += UInt64(count)
    inputRange = 0..<count
  }

  func finish() throws(FormatError) -> (blob: Digest, diff: Digest?) {
    try drain()
    return (blobDigest.finish(), diffDigest?.finish())
  }
}
