import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON

/// The blocks of 2023, decoded and moved to today's.
@Suite struct LegacyBlockTests {
  private func decode(_ encoding: any DecodableEncoding.Type, _ blocks: [UInt8]) -> [Float] {
    let traits = encoding.traits
    var floats = [Float](
      repeating: 0, count: blocks.count / traits.bytesPerBlock * traits.elementsPerBlock)
    var span = floats.mutableSpan
    unsafe encoding.decode(blocks.span.bytes, into: &span)
    return floats
  }

  private func repack(
    _ encoding: any RepackableEncoding.Type, _ blocks: [UInt8]
  ) -> (bytes: [UInt8], error: ScaleError) {
    let traits = encoding.traits
    let target = encoding.target.traits
    let elements = blocks.count / traits.bytesPerBlock * traits.elementsPerBlock
    var bytes = [UInt8](
      repeating: 0, count: elements / target.elementsPerBlock * target.bytesPerBlock)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    let error = unsafe encoding.repack(blocks.span.bytes, into: &raw)
    return (bytes, error)
  }

  private func bytes(_ value: Float) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
  }

  private func half(_ value: Float) -> [UInt8] {
    let bits = Float16(value).bitPattern
    return [UInt8(truncatingIfNeeded: bits), UInt8(bits >> 8)]
  }

  /// Blocks and values of llama.cpp a3a7e3e (27 June 2023), built with `GGML_QKK_64`.
  @Test func decodesSuperBlocksOf64() throws {
    let file = try JSONValue.read(
      FileSource(path: SharedData.fixture("legacy/super-blocks-of-64.json")))
    let members = try #require(file.object?.members)
    #expect(members.count == 5)
    for member in members {
      let encoding = try #require(
        EncodingRegistry.named(member.key.text) as? any DecodableEncoding.Type)
      let digits = Array(try #require(member.value["blocks"]?.text))
      let blocks = try stride(from: 0, to: digits.count, by: 2).map {
        try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
      }
      let values = member.value["values"]?.array?.compactMap(\.double).map { Float($0) }
      #expect(decode(encoding, blocks) == values, "\(member.key)")
    }
  }

  /// Byte j holds elements 2j and 2j + 1 until May 2023, and j and j + 16 since.
  @Test func ordersNibbles() {
    let nibbles = (0..<16).map { UInt8($0 & 15) | UInt8((15 - $0) << 4) }
    let low = (0..<16).map { Float($0) }
    let high = low.reversed() as [Float]
    let paired = zip(low, high).flatMap { [$0, $1] }
    let split = low + high
    #expect(decode(Q4_1_GGJT1.self, bytes(1) + bytes(0) + nibbles) == paired)
    #expect(decode(Q4_1_GGJT2.self, bytes(1) + bytes(0) + nibbles) == split)
    #expect(decode(Q4_0_GGJT1.self, bytes(2) + nibbles) == paired.map { ($0 - 8) * 2 })
    #expect(decode(Q4_0_GGJT2.self, bytes(2) + nibbles) == split.map { ($0 - 8) * 2 })
    #expect(
      decode(Q4_2.self, half(0.5) + nibbles[..<8]) == paired.prefix(16).map { ($0 - 8) * 0.5 })
    #expect(
      decode(Q4_3.self, half(0.5) + half(-3) + nibbles[..<8])
        == paired.prefix(16).map { $0 * 0.5 - 3 })
    // Bit i of the word is the fifth bit of element i.
    let word: [UInt8] = [0b0000_0101, 0, 0, 0x80]
    let fifth = (0..<32).map { Float([0, 2, 31].contains($0) ? 16 : 0) }
    #expect(
      decode(Q5_0_GGJT1.self, half(1) + word + nibbles)
        == zip(paired, fifth).map { $0 + $1 - 16 })
    #expect(
      decode(Q5_1_GGJT1.self, half(1) + half(4) + word + nibbles)
        == zip(paired, fifth).map { $0 + $1 + 4 })
    let codes = (0..<32).map { UInt8(bitPattern: Int8($0 - 16)) }
    #expect(decode(Q8_0_GGJT1.self, bytes(0.25) + codes) == (0..<32).map { Float($0 - 16) / 4 })
  }

  /// With scales that half precision holds, moving changes no value.
  @Test(arguments: EncodingRegistry.legacy.compactMap { $0 as? any RepackableEncoding.Type })
  func keepsCodes(encoding: any RepackableEncoding.Type) throws {
    var generator = SystemRandomNumberGenerator()
    let traits = encoding.traits
    for _ in 0..<50 {
      var blocks: [UInt8] = []
      for _ in 0..<4 {
        let scale = Float(Float16(Float.random(in: -2...2, using: &generator)))
        let minimum = Float(Float16(Float.random(in: -2...2, using: &generator)))
        var head: [UInt8]
        switch traits.name {
        case "Q4_0.ggjt1", "Q4_0.ggjt2", "Q8_0.ggjt1": head = bytes(scale)
        case "Q4_1.ggjt1", "Q4_1.ggjt2": head = bytes(scale) + bytes(minimum)
        case "Q5_0.ggjt1": head = half(scale)
        case "Q5_1.ggjt1": head = half(scale) + half(minimum)
        // Products of such a scale with four bits fit into a half.
        default: head = half(0.125) + half(0.0625)
        }
        while head.count < traits.bytesPerBlock { head.append(UInt8.random(in: 0...255)) }
        blocks += head
      }
      let (moved, error) = repack(encoding, blocks)
      #expect(error == ScaleError())
      #expect(decode(encoding.target, moved) == decode(encoding, blocks), "\(traits.name)")
    }
  }

  @Test func tellsTheErrorOfScales() {
    let scale: Float = 1.0 + 1.0 / 4096
    let codes = [UInt8](repeating: 0x21, count: 16)
    let (moved, error) = repack(Q4_0_GGJT1.self, bytes(scale) + codes)
    #expect(Array(moved[..<2]) == half(1))
    #expect(error == ScaleError(relative: (scale - 1) / scale))
    // Too small for a half: zero, and the error is absolute.
    let tiny = repack(Q4_0_GGJT1.self, bytes(1e-9) + codes)
    #expect(tiny.bytes[..<2] == [0, 0] && tiny.error == ScaleError(absolute: 1e-9))
    for wide in [Float(70_000), .infinity, .nan] {
      #expect(repack(Q4_0_GGJT1.self, bytes(wide) + codes).error.relative == .infinity)
    }
  }

  /// Any bytes decode.
  @Test(arguments: EncodingRegistry.legacy)
  func decodesAnything(encoding: any DecodableEncoding.Type) {
    for byte: UInt8 in [0, 0x7F, 0x80, 0xFF] {
      let blocks = [UInt8](repeating: byte, count: 3 * encoding.traits.bytesPerBlock)
      #expect(decode(encoding, blocks).count == 3 * encoding.traits.elementsPerBlock)
    }
    #expect(EncodingRegistry.named(encoding.traits.name.lowercased()) == encoding)
    #expect(encoding.traits.ggufType == nil)
  }
}
