internal import WeighbridgeByteIO
internal import WeighbridgeZstd

/// A layer that is cut into parts, each of which can be read without the others.
protocol LayerParts: Sendable {
  /// What a part is called in a message.
  var noun: String { get }
  /// How many there are.
  var count: Int { get }
  /// The bytes of the parts as they are stored; what follows describes them.
  var byteCount: UInt64 { get }
  /// The bytes of what they hold.
  var contentByteCount: UInt64 { get }
  /// Where a part lies.
  func place(_ index: Int) -> LayerPart
  /// The part that holds the content at an offset below the total.
  func index(at offset: UInt64) -> Int
  /// Decodes a part from a range of a buffer into the start of another; with `isThorough` its own digest
  /// is compared as well, where it has one.
  func decode(
    _ index: Int, _ range: Range<Int>, of input: Buffer, into content: Buffer, isThorough: Bool
  ) throws(FormatError)
  /// Looks whether a part is as it was stored; `content` may be used on the way.
  func check(
    _ index: Int, _ range: Range<Int>, of input: Buffer, by content: Buffer
  ) throws(FormatError)
}

/// Where a part of a layer lies.
struct LayerPart {
  /// Where it begins in the layer as it is stored.
  let offset: UInt64
  /// The bytes that it takes there.
  let byteCount: Int
  /// Where its content begins.
  let contentOffset: UInt64
  /// The bytes of its content.
  let contentByteCount: Int
  /// Whether its bytes are those of a part in front of it.
  var isRepeated = false
}

/// Frames, each of which holds a piece of the content.
struct FrameParts: LayerParts {
  private let table: SeekTable
  private let name: String
  /// Where the layer begins in the bundle; for messages.
  private let base: UInt64
  private let decoders = DecoderPool()

  init(_ table: SeekTable, base: UInt64, name: String) {
    self.table = table
    self.base = base
    self.name = name
  }

  let noun = "frame"
  var count: Int { table.frames.count }
  var byteCount: UInt64 { table.byteCount }
  var contentByteCount: UInt64 { table.contentByteCount }

  func place(_ index: Int) -> LayerPart {
    let frame = table.frames[index]
    return LayerPart(
      offset: frame.offset, byteCount: frame.byteCount, contentOffset: frame.contentOffset,
      contentByteCount: frame.contentByteCount)
  }

  func index(at offset: UInt64) -> Int {
    var index = table.frameIndex(at: offset)
    // Frames without content may lie in between.
    while offset - table.frames[index].contentOffset >= table.frames[index].contentByteCount {
      index += 1
    }
    return index
  }

  func decode(
    _ index: Int, _ range: Range<Int>, of input: Buffer, into content: Buffer, isThorough: Bool
  ) throws(FormatError) {
    let frame = table.frames[index]
    do {
      content.reserve(frame.contentByteCount)
      try decoders.decode(range, of: input, into: content, count: frame.contentByteCount)
    } catch { throw FormatError(error, frame: index, frame, in: name, base: base) }
  }

  func check(
    _ index: Int, _ range: Range<Int>, of input: Buffer, by content: Buffer
  ) throws(FormatError) {
    try decode(index, range, of: input, into: content, isThorough: true)
  }
}
