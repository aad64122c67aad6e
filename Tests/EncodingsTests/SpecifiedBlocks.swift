import CWeighbridgeKernels

/// A block as Specs/encodings.md draws it: bits at places, one element at a time.
///
/// Written from the text and shared with nothing in `CKernels` but the words of the codebooks, whose
/// hashes are tested.
struct SpecifiedBlock {
  let bytes: [UInt8]
  /// `count` bits from bit `first` of the byte at `place` on; they may go over into the next bytes.
  func bits(_ place: Int, _ first: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { value, bit in
      let at = first + bit
      return value | (Int(bytes[place + at / 8]) >> (at % 8) & 1) << bit
    }
  }

  func byte(_ place: Int) -> Int { Int(bytes[place]) }
  func signed(_ place: Int) -> Float { Float(Int8(bitPattern: bytes[place])) }

  /// IEEE half precision by its parts.
  func half(_ place: Int) -> Float {
    Self.half(bits(place, 0, 10), exponent: bits(place, 10, 5), negative: bits(place, 15, 1) == 1)
  }

  static func half(_ fraction: Int, exponent: Int, negative: Bool) -> Float {
    let magnitude: Float
    switch exponent {
    case 0: magnitude = Float(fraction) * 0x1p-24
    case 31: magnitude = fraction == 0 ? .infinity : .nan
    default:
      magnitude = Float(
        sign: .plus, exponent: exponent - 15, significand: 1 + Float(fraction) / 1024)
    }
    return negative ? -magnitude : magnitude
  }

  /// Nibbles in split order: element i low, element i + n/2 high.
  func split(_ place: Int, _ element: Int, of count: Int = 32) -> Int {
    bits(place + element % (count / 2), 4 * (element / (count / 2)), 4)
  }

  /// Scale and minimum of sub-block `j` (ENC-31).
  func sixBits(_ place: Int, _ j: Int) -> (scale: Int, minimum: Int) {
    if j < 4 { return (bits(place + j, 0, 6), bits(place + j + 4, 0, 6)) }
    return (
      bits(place + j + 4, 0, 4) | bits(place + j - 4, 6, 2) << 4,
      bits(place + j + 4, 4, 4) | bits(place + j, 6, 2) << 4
    )
  }

  /// Whether the sign of element `i` of eight is a minus: seven bits and their parity.
  func evenSign(_ place: Int, _ first: Int, _ i: Int) -> Bool {
    let seven = bits(place, first, 7)
    return (i < 7 ? seven >> i & 1 : seven.nonzeroBitCount & 1) == 1
  }

  static let four: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]
  static let uneven: [Float] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]

  /// Code `i` of a word of a codebook.
  static func code(_ book: WBCodebook, _ index: Int, _ bits: Int, _ i: Int) -> Int {
    Int(wb_codebook_word(book, Int32(index))) >> (bits * i) & (1 << bits - 1)
  }

  /// The magnitude that code `i` of an IQ2 word stands for.
  static func two(_ book: WBCodebook, _ index: Int, _ i: Int) -> Float {
    [8, 25, 43][code(book, index, 2, i)]
  }
}

/// Element `i` of a block, by encoding.
enum SpecifiedElements {
  typealias Element = @Sendable (SpecifiedBlock, Int) -> Float

  static let all: [String: Element] = simple.merging(superBlocks) { $1 }
    .merging(fewBits) { $1 }.merging(codebooks) { $1 }

  private static let simple: [String: Element] = [
    "Q4_0": { b, i in Float(b.split(2, i) - 8) * b.half(0) },
    "Q4_1": { b, i in Float(b.split(4, i)) * b.half(0) + b.half(2) },
    "Q4_2": { b, i in Float(b.bits(2, 4 * i, 4) - 8) * b.half(0) },
    "Q4_3": { b, i in Float(b.bits(4, 4 * i, 4)) * b.half(0) + b.half(2) },
    "Q5_0": { b, i in Float((b.split(6, i) | b.bits(2, i, 1) << 4) - 16) * b.half(0) },
    "Q5_1": { b, i in Float(b.split(8, i) | b.bits(4, i, 1) << 4) * b.half(0) + b.half(2) },
    "Q8_0": { b, i in b.signed(2 + i) * b.half(0) },
    "Q8_1": { b, i in b.signed(4 + i) * b.half(0) },
    "Q8_K": { b, i in b.signed(4 + i) * Float(bitPattern: UInt32(b.bits(0, 0, 32))) },
    "F4": { b, i in SpecifiedBlock.four[b.bits(0, 4 * i, 4)] },
  ]

  private static let superBlocks: [String: Element] = [
    "Q2_K": { b, i in
      let code = b.bits(16 + 32 * (i / 128) + i % 32, 2 * (i % 128 / 32), 2)
      let scale = b.half(80) * Float(b.bits(i / 16, 0, 4))
      return scale * Float(code) - b.half(82) * Float(b.bits(i / 16, 4, 4))
    },
    "Q3_K": { b, i in
      let code =
        b.bits(32 + 32 * (i / 128) + i % 32, 2 * (i % 128 / 32), 2) | b.bits(i % 32, i / 32, 1) << 2
      let j = i / 16
      let scale = b.bits(96 + j % 8, 4 * (j / 8), 4) | b.bits(104 + j % 4, 2 * (j / 4), 2) << 4
      return b.half(108) * Float(scale - 32) * Float(code - 4)
    },
    "Q4_K": { b, i in
      let (scale, minimum) = b.sixBits(4, i / 32)
      let code = b.bits(16 + 32 * (i / 64) + i % 32, 4 * (i / 32 % 2), 4)
      return b.half(0) * Float(scale) * Float(code) - b.half(2) * Float(minimum)
    },
    "Q5_K": { b, i in
      let (scale, minimum) = b.sixBits(4, i / 32)
      let code =
        b.bits(48 + 32 * (i / 64) + i % 32, 4 * (i / 32 % 2), 4)
        | b.bits(16 + i % 32, i / 32, 1) << 4
      return b.half(0) * Float(scale) * Float(code) - b.half(2) * Float(minimum)
    },
    "Q6_K": { b, i in
      let half = i / 128
      let low = b.bits(64 * half + i % 64, 4 * (i % 128 / 64), 4)
      let high = b.bits(128 + 32 * half + i % 32, 2 * (i % 128 / 32), 2)
      return b.half(208) * b.signed(192 + i / 16) * Float((low | high << 4) - 32)
    },
  ]

  private static let fewBits: [String: Element] = [
    "Q1_0": { b, i in b.bits(2, i, 1) == 1 ? b.half(0) : -b.half(0) },
    "Q2_0": { b, i in Float(b.bits(2, 2 * i, 2) - 1) * b.half(0) },
    "TQ1_0": { b, i in
      let (place, trit) =
        i < 160
        ? (i % 32, i / 32) : i < 240 ? (32 + i % 16, (i - 160) / 16) : (48 + i % 4, (i - 240) / 4)
      // The byte is a fraction of 256: its digits in base 3.
      let digits = b.byte(place) * [3, 9, 27, 81, 243][trit] / 256
      return Float(digits % 3 - 1) * b.half(52)
    },
    "TQ2_0": { b, i in
      Float(b.bits(32 * (i / 128) + i % 32, 2 * (i % 128 / 32), 2) - 1) * b.half(64)
    },
    "MXFP4": { b, i in
      // The exponent less one and the value doubled: 2^128 is no float.
      SpecifiedBlock.four[b.split(1, i)] * 2
        * Float(sign: .plus, exponent: b.byte(0) - 128, significand: 1)
    },
    "NVFP4": { b, i in
      let group = i / 16
      let exponent = b.bits(group, 3, 4)
      let mantissa = Float(b.bits(group, 0, 3)) / 8
      var scale = Float(sign: .plus, exponent: exponent - 7, significand: 1 + mantissa)
      if exponent == 0 { scale = mantissa * 0x1p-6 }
      if b.byte(group) == 0x7f { scale = 0 }
      return SpecifiedBlock.four[b.split(4 + 8 * group, i % 16, of: 16)] * scale
    },
    "IQ4_NL": { b, i in SpecifiedBlock.uneven[b.split(2, i)] * b.half(0) },
    "IQ4_XS": { b, i in
      let j = i / 32
      let scale = b.bits(4, 4 * j, 4) | b.bits(2, 2 * j, 2) << 4
      return b.half(0) * Float(scale - 32)
        * SpecifiedBlock.uneven[b.split(8 + 16 * j, i % 32)]
    },
  ]

  private static let codebooks: [String: Element] = [
    "IQ2_XXS": { b, i in
      let place = 2 + 8 * (i / 32)
      let group = i % 32 / 8
      let value = SpecifiedBlock.two(WB_CODEBOOK_IQ2_XXS, b.byte(place + group), i % 8)
      let scale = b.half(0) * (0.5 + Float(b.bits(place + 4, 28, 4))) * 0.25
      return b.evenSign(place + 4, 7 * group, i % 8) ? -scale * value : scale * value
    },
    "IQ2_XS": { b, i in
      let place = 2 + 2 * (i / 8)
      let value = SpecifiedBlock.two(WB_CODEBOOK_IQ2_XS, b.bits(place, 0, 9), i % 8)
      let scale = b.half(0) * (0.5 + Float(b.bits(66, 4 * (i / 16), 4))) * 0.25
      return b.evenSign(place, 9, i % 8) ? -scale * value : scale * value
    },
    "IQ2_S": { b, i in
      let index = b.byte(2 + i / 8) | b.bits(66, 2 * (i / 8), 2) << 8
      let value = SpecifiedBlock.two(WB_CODEBOOK_IQ2_S, index, i % 8)
      let scale = b.half(0) * (0.5 + Float(b.bits(74, 4 * (i / 16), 4))) * 0.25
      return b.bits(34, i, 1) == 1 ? -scale * value : scale * value
    },
    "IQ3_XXS": { b, i in
      let code = SpecifiedBlock.code(WB_CODEBOOK_IQ3_XXS, b.byte(2 + i / 4), 3, i % 4)
      let place = 66 + 4 * (i / 32)
      let scale = b.half(0) * (0.5 + Float(b.bits(place, 28, 4))) * 0.5
      let value: Float = [4, 12, 20, 28, 36, 44, 52, 62][code]
      return b.evenSign(place, 7 * (i % 32 / 8), i % 8) ? -scale * value : scale * value
    },
    "IQ3_S": { b, i in
      let index = b.byte(2 + i / 4) | b.bits(66, i / 4, 1) << 8
      let value = Float(2 * SpecifiedBlock.code(WB_CODEBOOK_IQ3_S, index, 3, i % 4) + 1)
      let scale = b.half(0) * Float(1 + 2 * b.bits(106, 4 * (i / 32), 4))
      return b.bits(74, i, 1) == 1 ? -scale * value : scale * value
    },
    "IQ1_S": { b, i in
      let place = 34 + 2 * (i / 32)
      let index = b.byte(2 + i / 8) | b.bits(place, 3 * (i % 32 / 8), 3) << 8
      let value = Float(SpecifiedBlock.code(WB_CODEBOOK_IQ1, index, 2, i % 8) - 1)
      let scale = b.half(0) * Float(2 * b.bits(place, 12, 3) + 1)
      return scale * (value + (b.bits(place, 15, 1) == 1 ? -0.125 : 0.125))
    },
    "IQ1_M": { b, i in
      let index = b.byte(i / 8) | b.bits(32, 4 * (i / 8), 3) << 8
      let value = Float(SpecifiedBlock.code(WB_CODEBOOK_IQ1, index, 2, i % 8) - 1)
      let top = (0..<4).reduce(0) { $0 | b.bits(48 + 2 * $1, 12, 4) << (4 * $1) }
      let d = SpecifiedBlock.half(
        top & 1023, exponent: top >> 10 & 31, negative: top >> 15 == 1)
      let code = b.bits(48 + 2 * (i / 64), 3 * (i / 16 % 4), 3)
      let scale = d * Float(2 * code + 1)
      return scale * (value + (b.bits(32, 4 * (i / 8) + 3, 1) == 1 ? -0.125 : 0.125))
    },
  ]
}
