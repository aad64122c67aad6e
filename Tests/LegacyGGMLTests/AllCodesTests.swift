import Testing
import WeighbridgeEncodings

/// Every code in every place of every old block, decoded and moved, against blocks that the test packs
/// and values that it computes itself.
@Suite struct AllCodesTests {
  /// An old block of 32 (or 16) elements, described by what it holds.
  struct Kind: Sendable, CustomTestStringConvertible {
    let encoding: Encoding
    /// Bits of a code, and what is taken off it.
    let bits: Int
    let zero: Int
    /// Whether an offset is added.
    let hasOffset: Bool
    /// Whether scales are single floats; halves otherwise.
    let isWide: Bool
    /// Whether nibbles stand in pairs; in halves otherwise.
    let inPairs: Bool

    var testDescription: String { encoding.name }
  }

  static let kinds = [
    Kind(
      encoding: .q4_0_GGJT1, bits: 4, zero: 8, hasOffset: false, isWide: true, inPairs: true),
    Kind(
      encoding: .q4_0_GGJT2, bits: 4, zero: 8, hasOffset: false, isWide: true, inPairs: false),
    Kind(encoding: .q4_0, bits: 4, zero: 8, hasOffset: false, isWide: false, inPairs: false),
    Kind(
      encoding: .q4_1_GGJT1, bits: 4, zero: 0, hasOffset: true, isWide: true, inPairs: true),
    Kind(
      encoding: .q4_1_GGJT2, bits: 4, zero: 0, hasOffset: true, isWide: true, inPairs: false),
    Kind(encoding: .q4_1, bits: 4, zero: 0, hasOffset: true, isWide: false, inPairs: false),
    Kind(encoding: .q4_2, bits: 4, zero: 8, hasOffset: false, isWide: false, inPairs: true),
    Kind(encoding: .q4_3, bits: 4, zero: 0, hasOffset: true, isWide: false, inPairs: true),
    Kind(
      encoding: .q5_0_GGJT1, bits: 5, zero: 16, hasOffset: false, isWide: false, inPairs: true),
    Kind(encoding: .q5_0, bits: 5, zero: 16, hasOffset: false, isWide: false, inPairs: false),
    Kind(
      encoding: .q5_1_GGJT1, bits: 5, zero: 0, hasOffset: true, isWide: false, inPairs: true),
    Kind(encoding: .q5_1, bits: 5, zero: 0, hasOffset: true, isWide: false, inPairs: false),
    Kind(
      encoding: .q8_0_GGJT1, bits: 8, zero: 0, hasOffset: false, isWide: true, inPairs: false),
    Kind(encoding: .q8_0, bits: 8, zero: 0, hasOffset: false, isWide: false, inPairs: false),
  ]

  private func scale(_ value: Float, _ kind: Kind) -> [UInt8] {
    let bits = kind.isWide ? value.bitPattern : UInt32(Float16(value).bitPattern)
    return (0..<(kind.isWide ? 4 : 2)).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
  }

  private func pack(_ codes: [Int], _ d: Float, _ m: Float, _ kind: Kind) -> [UInt8] {
    var block = scale(d, kind) + (kind.hasOffset ? scale(m, kind) : [])
    guard kind.bits < 8 else { return block + codes.map { UInt8(truncatingIfNeeded: $0) } }
    if kind.bits == 5 {
      let word = codes.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.1 >> 4) << UInt32($1.0) }
      block += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) }
    }
    let half = codes.count / 2
    return block
      + (0..<half).map { byte in
        let (low, high) = kind.inPairs ? (2 * byte, 2 * byte + 1) : (byte, byte + half)
        return UInt8(codes[low] & 15) | UInt8(codes[high] & 15) << 4
      }
  }

  private func decode(_ encoding: Encoding, _ blocks: [UInt8]) -> [Float] {
    let count =
      blocks.count / encoding.bytesPerBlock * encoding.elementsPerBlock
    var floats = [Float](repeating: 0, count: count)
    var span = floats.mutableSpan
    unsafe encoding.decoder?.decode(blocks.span.bytes, into: &span)
    return floats
  }

  /// Rotations give every code to every element; the scales take many sizes.
  @Test(arguments: kinds) func decodesEveryCode(kind: Kind) {
    let size = kind.encoding.elementsPerBlock
    let levels = 1 << kind.bits
    for turn in 0..<levels {
      let codes = (0..<size).map { (turn + 7 * $0) % levels - (kind.bits == 8 ? 128 : 0) }
      let d = Float(Float16((turn % 2 == 0 ? 1 : -1) * 0.001 * Float(turn + 1)))
      let m = Float(Float16(0.25 - 0.01 * Float(turn)))
      let block = pack(codes, d, m, kind)
      #expect(block.count == kind.encoding.bytesPerBlock)
      let values = codes.map { code -> Float in
        let scaled = Float(code - kind.zero) * d
        return kind.hasOffset ? scaled + m : scaled
      }
      #expect(decode(kind.encoding, block) == values)
    }
  }

  /// Moved to today's blocks, the bytes are those that the test packs for today.
  @Test(arguments: kinds.filter { $0.encoding.repacking != nil })
  func movesEveryCode(kind: Kind) throws {
    let repacking = try #require(kind.encoding.repacking)
    let target = try #require(Self.kinds.first { $0.encoding == repacking.target })
    let levels = 1 << kind.bits
    for turn in 0..<levels {
      let codes = (0..<32).map { (turn + 7 * $0) % levels - (kind.bits == 8 ? 128 : 0) }
      let d = 0.013 * Float(turn + 1)
      let m = -0.37 * Float(turn + 1)
      let block = pack(codes, d, m, kind)
      var moved = [UInt8](repeating: 0, count: repacking.target.bytesPerBlock)
      var span = moved.mutableSpan
      var raw = unsafe span.mutableBytes
      let error = unsafe repacking.repack(
        block.span.bytes, of: kind.encoding, into: &raw)
      #expect(moved == pack(codes, d, m, target))
      let wide = kind.hasOffset ? [d, m] : [d]
      let worst = wide.map { abs(Float(Float16($0)) - $0) / abs($0) }.max() ?? 0
      #expect(error.relative == (kind.isWide ? worst : 0))
    }
  }
}
