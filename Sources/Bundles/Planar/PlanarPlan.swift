package import WeighbridgeByteIO
package import WeighbridgeJSON

/// Where a tensor lies in a file that is packed, and what it is made of.
package struct BundleTensor: Sendable {
  /// Its name.
  package var name: ByteString
  /// Its encoding as GGML spells it.
  package var encoding: String
  /// The bytes of a block of that encoding.
  package var blockBytes: Int
  /// The shape, outermost first.
  package var shape: [Int]
  /// Where it begins in the file.
  package var offset: UInt64
  /// Its bytes.
  package var byteCount: UInt64
  /// What it can be predicted from, if anything; the likeliest first.
  package var predictions: [BundlePrediction]

  /// Describes a tensor.
  package init(
    name: ByteString, encoding: String, blockBytes: Int, shape: [Int], offset: UInt64,
    byteCount: UInt64, predictions: [BundlePrediction] = []
  ) {
    self.name = name
    self.encoding = encoding
    self.blockBytes = blockBytes
    self.shape = shape
    self.offset = offset
    self.byteCount = byteCount
    self.predictions = predictions
  }
}

/// Bytes that a tensor is expected to have, of which only the differences are stored.
package struct BundlePrediction: Sendable {
  /// What whoever unpacks makes the same bytes of.
  package var record: JSONValue
  /// The bytes, as many as the tensor has.
  package var source: any ByteSource
  /// The bytes of a number whose differences are stored (1, 2 or 4); 0 for differences of bits.
  package var width: Int

  /// Describes a prediction.
  package init(record: JSONValue, source: any ByteSource, width: Int) {
    self.record = record
    self.source = source
    self.width = width
  }
}

/// A part of a file that is taken apart in one way: a tensor, or what lies between two.
struct PlanarRegion: Sendable {
  let range: Range<UInt64>
  let transform: PlanarTransform
  let tensor: BundleTensor?
  /// Whether it is text and numbers that repeat, for which a high level pays.
  let isText: Bool
  var prediction: BundlePrediction?

  /// Its pieces, each of whole blocks.
  var chunkCount: Int { Self.chunkCount(UInt64(range.count), transform) }

  static func chunkCount(_ byteCount: UInt64, _ transform: PlanarTransform) -> Int {
    let step = UInt64(transform.chunkBytes)
    return Int(byteCount / step) + (byteCount % step == 0 ? 0 : 1)
  }

  /// The bytes of a piece, in the file.
  func chunk(_ index: Int) -> Range<UInt64> {
    let start = range.lowerBound + UInt64(index) * UInt64(transform.chunkBytes)
    return start..<min(start + UInt64(transform.chunkBytes), range.upperBound)
  }
}

/// How a file is cut: regions that cover it, and their chunks.
struct PlanarPlan: Sendable {
  /// A chunk of a region.
  struct Chunk: Sendable {
    let region: Int
    let range: Range<UInt64>
  }

  private(set) var regions: [PlanarRegion] = []
  private(set) var chunks: [Chunk] = []

  /// Smaller tensors stay with what is around them: planes of a few bytes gain nothing.
  private static let smallest: UInt64 = 1024
  /// What is in no tensor and larger is no header.
  private static let largestText: UInt64 = 64 << 20

  /// Cuts a file; tensors that overlap, or leave it, are taken for bytes like others.
  init(byteCount: UInt64, tensors: [BundleTensor]) {
    var position: UInt64 = 0
    let isKnown = !tensors.isEmpty
    for tensor in tensors.sorted(by: { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }) {
      guard tensor.byteCount >= Self.smallest, tensor.offset >= position,
        let extent = ByteExtent(
          offset: tensor.offset, byteCount: tensor.byteCount, within: byteCount)
      else { continue }
      addGap(position..<tensor.offset, isKnown: isKnown)
      let row = PlanarTransform.row(tensor.encoding, blockBytes: tensor.blockBytes)
      let fits = row.map { tensor.byteCount % UInt64($0.blockBytes) == 0 } ?? false
      regions.append(
        PlanarRegion(
          range: tensor.offset..<extent.end, transform: fits ? row ?? .bytes : .bytes,
          tensor: tensor, isText: false))
      position = extent.end
    }
    addGap(position..<byteCount, isKnown: isKnown)
    cut()
  }

  private mutating func addGap(_ range: Range<UInt64>, isKnown: Bool) {
    guard !range.isEmpty else { return }
    regions.append(
      PlanarRegion(
        range: range, transform: .bytes, tensor: nil,
        isText: isKnown && UInt64(range.count) <= Self.largestText))
  }

  private mutating func cut() {
    chunks = []
    for (index, region) in regions.enumerated() {
      for place in 0..<region.chunkCount {
        chunks.append(Chunk(region: index, range: region.chunk(place)))
      }
    }
  }

  /// Settles what each region is predicted from, if anything.
  mutating func predict(
    by choose: (PlanarRegion, BundleTensor) throws(FormatError) -> BundlePrediction?
  ) throws(FormatError) {
    for index in regions.indices {
      guard let tensor = regions[index].tensor, !tensor.predictions.isEmpty else { continue }
      regions[index].prediction = try choose(regions[index], tensor)
    }
  }
}
