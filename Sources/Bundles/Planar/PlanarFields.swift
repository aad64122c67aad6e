/// The fields of a block, one after another, as planes and runs; layouts as in Specs/encodings.md.
struct PlanarFields {
  private(set) var planes: [Int] = []
  private(set) var runs: [PlanarTransform.Run] = []
  private(set) var order: PlanarTransform.Order?

  /// A plane of bytes as they are.
  mutating func bytes(_ offset: Int, _ count: Int) {
    runs.append(.init(plane: planes.count, place: 0, offset: offset, count: count))
    planes.append(count)
  }

  /// A half, or the upper half of a single: rotated left by one, so that the sign is with the bits of the
  /// mantissa, which are as random as it; two planes.
  mutating func half(at offset: Int) {
    let high = planes.count
    runs += [
      .init(plane: high, place: 0, offset: offset + 1, count: 1, width: 7, into: 1),
      .init(plane: high, place: 0, offset: offset, count: 1, shift: 7, width: 1),
      .init(plane: high + 1, place: 0, offset: offset, count: 1, width: 7, into: 1),
      .init(plane: high + 1, place: 0, offset: offset + 1, count: 1, shift: 7, width: 1),
    ]
    planes += [1, 1]
  }

  /// The halves of a scale and of a minimum.
  mutating func halves(at scale: Int, _ minimum: Int) {
    half(at: scale)
    half(at: minimum)
  }

  /// Bits of `count` bytes, for symbols of the plane that is made next.
  private mutating func bits(
    _ place: Int, from offset: Int, _ count: Int, shift: Int = 0, width: Int, into: Int = 0
  ) {
    runs.append(
      .init(
        plane: planes.count, place: place, offset: offset, count: count, shift: shift,
        width: width, into: into))
  }

  /// Sorts the last plane; `halves` came first.
  mutating func sort(
    perBlock: Int, levels: Int, scales: Int? = nil, minimums: Int? = nil, adds: Bool = false
  ) {
    order = .init(
      scale: 0, minimum: 2, scales: scales, minimums: minimums, codes: planes.count - 1,
      perBlock: perBlock, levels: levels, adds: adds)
  }

  /// 32 codes of five bits: nibbles of byte j are of elements j and j + 16, bit j of four bytes is of
  /// element j.
  mutating func fiveBits(fifth: Int, nibbles: Int) {
    runs.append(
      .init(
        plane: planes.count, place: 0, offset: fifth, count: 4, width: 1, into: 4, expands: true))
    bits(0, from: nibbles, 16, width: 4)
    bits(16, from: nibbles, 16, shift: 4, width: 4)
    planes.append(32)
  }

  /// Eight scales and eight minimums of six bits in twelve bytes: two planes.
  private mutating func sixBitScales(at offset: Int) {
    for kind in 0..<2 {
      bits(0, from: offset + 4 * kind, 4, width: 6)
      bits(4, from: offset + 8, 4, shift: 4 * kind, width: 4)
      bits(4, from: offset + 4 * kind, 4, shift: 6, width: 2, into: 4)
      planes.append(8)
    }
  }

  /// Element 128h + 32j + l has the bits from 2j on of byte 32h + l; four codes of a sub-block of 16 are
  /// put into a byte.
  mutating func twoBitSuperBlock() {
    halves(at: 80, 82)
    for kind in 0..<2 {
      bits(0, from: 0, 16, shift: 4 * kind, width: 4)
      planes.append(16)
    }
    for place in 0..<64 {
      // The sub-block is 8h + 2j + u, its elements are 16u on, and those from 4k on come together.
      let (subBlock, k) = (place / 4, place % 4)
      let (h, j, u) = (subBlock / 8, subBlock / 2 % 4, subBlock % 2)
      bits(4 * subBlock, from: 16 + 32 * h + 16 * u + 4 * k, 4, shift: 2 * j, width: 2, into: 2 * k)
    }
    planes.append(64)
    sort(perBlock: 16, levels: 3, scales: 4, minimums: 5)
  }

  /// As two bits, with the third of element 128h + 32j + l in bit 4h + j of byte l; two codes, of l and
  /// l + 16, are put into a byte.
  mutating func threeBitSuperBlock() {
    half(at: 108)
    for quarter in 0..<4 {
      bits(
        4 * quarter, from: 96 + 4 * (quarter % 2), 4, shift: 4 * (quarter / 2), width: 4)
      bits(4 * quarter, from: 104, 4, shift: 2 * quarter, width: 2, into: 4)
    }
    planes.append(16)
    for group in 0..<8 {
      let (h, j) = (group / 4, group % 4)
      for u in 0..<2 {
        bits(16 * group, from: 32 + 32 * h + 16 * u, 16, shift: 2 * j, width: 2, into: 3 * u)
        bits(16 * group, from: 16 * u, 16, shift: group, width: 1, into: 3 * u + 2)
      }
    }
    planes.append(128)
  }

  /// Byte 32g + l has elements 64g + l and 64g + 32 + l, of two sub-blocks; two codes of one, of l and
  /// l + 16, are put into a byte.
  mutating func fourBitSuperBlock() {
    halves(at: 0, 2)
    sixBitScales(at: 4)
    for subBlock in 0..<8 {
      for u in 0..<2 {
        bits(
          16 * subBlock, from: 16 + 32 * (subBlock / 2) + 16 * u, 16, shift: 4 * (subBlock % 2),
          width: 4, into: 4 * u)
      }
    }
    planes.append(128)
    sort(perBlock: 8, levels: 15, scales: 4, minimums: 5)
  }

  /// As four bits, with the fifth of element 32s + l in bit s of byte l; a code a byte.
  mutating func fiveBitSuperBlock() {
    halves(at: 0, 2)
    sixBitScales(at: 4)
    for subBlock in 0..<8 {
      bits(
        32 * subBlock, from: 48 + 32 * (subBlock / 2), 32, shift: 4 * (subBlock % 2), width: 4)
      bits(32 * subBlock, from: 16, 32, shift: subBlock, width: 1, into: 4)
    }
    planes.append(256)
    sort(perBlock: 8, levels: 31, scales: 4, minimums: 5)
  }

  /// Element 128h + 32j + l: four bits of byte 64h + 32(j mod 2) + l, two of byte 32h + l; a code a byte.
  mutating func sixBitSuperBlock() {
    half(at: 208)
    bytes(192, 16)
    for group in 0..<8 {
      let (h, j) = (group / 4, group % 4)
      bits(32 * group, from: 64 * h + 32 * (j % 2), 32, shift: 4 * (j / 2), width: 4)
      bits(32 * group, from: 128 + 32 * h, 32, shift: 2 * j, width: 2, into: 4)
    }
    planes.append(256)
  }

  /// Eight scales of six bits, four in nibbles and two in sixteen bits, and nibbles of codes.
  mutating func unevenSuperBlock() {
    half(at: 0)
    for scale in 0..<8 {
      bits(scale, from: 4 + scale / 2, 1, shift: 4 * (scale % 2), width: 4)
      bits(scale, from: 2 + scale / 4, 1, shift: 2 * (scale % 4), width: 2, into: 4)
    }
    planes.append(8)
    bytes(8, 128)
  }
}
