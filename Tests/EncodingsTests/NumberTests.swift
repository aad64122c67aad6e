import CWeighbridgeKernels
import Testing
import WeighbridgeEncodings

/// Plain numbers against independent formulas, over every bit pattern where there are few.
@Suite struct NumberTests {
  private static let words = (0...UInt16.max).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
  private static let everyByte = (0...UInt8.max).map { $0 }

  /// ENC-10: all 65,536 halves, by the exponent and the fraction.
  @Test func everyHalfDecodes() {
    for (word, value) in zip(0...UInt16.max, Encoding.f16.decoded(Self.words)) {
      let exponent = Int(word >> 10) & 31
      let fraction = Float(word & 1023)
      var expected: Float
      switch exponent {
      case 0: expected = fraction * 0x1p-24
      case 31: expected = fraction == 0 ? .infinity : .nan
      default: expected = Float(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
      }
      if word >= 0x8000 { expected = -expected }
      if expected.isNaN {
        #expect(value.isNaN)
      } else {
        #expect(value.bitPattern == expected.bitPattern, "\(word)")
      }
    }
  }

  /// ENC-10: what came from a half goes back to it; between two halves, the even one of the nearest.
  @Test func halvesRoundToNearestEven() {
    let finite = (0..<UInt16(0x7c00)).map { $0 }
    let values = Encoding.f16.decoded(finite.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
    let back = Encoding.f16.encoded(values, rowLength: values.count)
    let middles = zip(values, values.dropFirst()).map { ($0 + $1) / 2 }
    let rounded = Encoding.f16.encoded(middles, rowLength: middles.count)
    for (index, word) in finite.enumerated() {
      #expect(UInt16(back[2 * index]) | UInt16(back[2 * index + 1]) << 8 == word)
      guard index < middles.count else { continue }
      let got = UInt16(rounded[2 * index]) | UInt16(rounded[2 * index + 1]) << 8
      #expect(got == (word % 2 == 0 ? word : word + 1), "between \(word) and the next")
    }
    let beyond: [Float] = [65519.996, 65520, .infinity, -.infinity]
    #expect(Encoding.f16.encoded(beyond, rowLength: 4) == [0xff, 0x7b, 0, 0x7c, 0, 0x7c, 0, 0xfc])
  }

  /// ENC-11: all 65,536 brain floats are the upper half of a single.
  @Test func everyBrainFloatDecodes() {
    for (word, value) in zip(0...UInt16.max, Encoding.bf16.decoded(Self.words)) {
      #expect(value.bitPattern == UInt32(word) << 16)
    }
    let ties = [0x3f80_8000, 0x3f81_8000, 0x3f80_8001, 0x7f7f_ffff, 0x7f80_0001].map {
      Float(bitPattern: $0)
    }
    let words = Encoding.bf16.encoded(ties, rowLength: 5)
    #expect(words == [0x80, 0x3f, 0x82, 0x3f, 0x81, 0x3f, 0x80, 0x7f, 0xc0, 0x7f])
  }

  private func expected(_ byte: UInt8, mantissaBits: Int, bias: Int) -> Float {
    let exponent = Int(byte & 127) >> mantissaBits
    let fraction = Float(Int(byte) & (1 << mantissaBits - 1)) / Float(1 << mantissaBits)
    let magnitude: Float =
      exponent == 0
      ? Float(sign: .plus, exponent: 1 - bias, significand: 1) * fraction
      : Float(sign: .plus, exponent: exponent - bias, significand: 1 + fraction)
    return byte >= 128 ? -magnitude : magnitude
  }

  private func check(
    _ encoding: Encoding, mantissaBits: Int, bias: Int,
    special: (UInt8) -> Float?
  ) {
    for (byte, value) in zip(Self.everyByte, encoding.decoded(Self.everyByte)) {
      let wanted = special(byte) ?? expected(byte, mantissaBits: mantissaBits, bias: bias)
      let same = wanted.isNaN ? value.isNaN : value.bitPattern == wanted.bitPattern
      #expect(same, "\(encoding) \(byte): \(value), not \(wanted)")
    }
  }

  /// ENC-12: all bytes of the five eight-bit floats.
  @Test func everyEightBitFloatDecodes() {
    check(.f8_E4M3, mantissaBits: 3, bias: 7) { $0 & 127 == 127 ? .nan : nil }
    check(.f8_E5M2, mantissaBits: 2, bias: 15) { byte in
      if byte & 127 == 0x7c { return byte < 128 ? .infinity : -.infinity }
      return byte & 127 > 0x7c ? .nan : nil
    }
    check(.f8_E4M3FNUZ, mantissaBits: 3, bias: 8) { $0 == 128 ? .nan : nil }
    check(.f8_E5M2FNUZ, mantissaBits: 2, bias: 16) { $0 == 128 ? .nan : nil }
    check(.f8_E8M0, mantissaBits: 7, bias: 0) { byte in
      byte == 255 ? .nan : Float(sign: .plus, exponent: Int(byte) - 127, significand: 1)
    }
  }

  /// ENC-13.
  @Test func integersAndDoublesDecode() {
    let eight: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 0xf8]
    #expect(Encoding.i8.decoded(eight) == [1, 2, 3, 4, 5, 6, 7, -8])
    #expect(Encoding.u8.decoded([0, 128, 255]) == [0, 128, 255])
    #expect(Encoding.bool.decoded([0, 1]) == [0, 1])
    #expect(Encoding.i16.decoded(eight) == [513, 1027, 1541, Float(Int16(bitPattern: 0xf807))])
    #expect(Encoding.u16.decoded(eight) == [513, 1027, 1541, 0xf807])
    #expect(Encoding.i32.decoded(eight)[1] == Float(Int32(bitPattern: 0xf807_0605)))
    #expect(Encoding.u32.decoded(eight)[1] == Float(0xf807_0605))
    #expect(Encoding.i64.decoded(eight) == [Float(Int64(bitPattern: 0xf807_0605_0403_0201))])
    #expect(Encoding.u64.decoded(eight) == [Float(0xf807_0605_0403_0201 as UInt64)])
    #expect(Encoding.f64.decoded([0, 0, 0, 0, 0, 0, 0xf8, 0x3f]) == [1.5])
    #expect(Encoding.f4.decoded([0x10, 0x72, 0xf9]) == [0, 0.5, 1, 6, -0.5, -6])
    #expect(Encoding.f32.decoded([0, 0, 0xc0, 0x3f]) == [1.5])
    #expect(Encoding.f32.encoded([1.5], rowLength: 1) == [0, 0, 0xc0, 0x3f])
  }
}
