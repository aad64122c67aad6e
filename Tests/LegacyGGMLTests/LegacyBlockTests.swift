import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeJSON

/// The blocks of 2023, decoded and moved to today's.
@Suite struct LegacyBlockTests {
  private func decode(_ encoding: Encoding, _ blocks: [UInt8]) -> [Float] {
    var floats = [Float](
      repeating: 0, count: blocks.count / encoding.bytesPerBlock * encoding.elementsPerBlock)
    var span = floats.mutableSpan
    unsafe encoding.decoder?.decode(blocks.span.bytes, into: &span)
    return floats
  }

  private func repack(
    _ encoding: Encoding, _ blocks: [UInt8]
  ) throws -> (bytes: [UInt8], error: ScaleError) {
    let repacking = try #require(encoding.repacking)
    let target = repacking.target
    let elements = blocks.count / encoding.bytesPerBlock * encoding.elementsPerBlock
    var bytes = [UInt8](
      repeating: 0, count: elements / target.elementsPerBlock * target.bytesPerBlock)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    let error = unsafe repacking.repack(blocks.span.bytes, of: encoding, into: &raw)
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
        Encoding.named(member.key.text))
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
    #expect(decode(.q4_1_GGJT1, bytes(1) + bytes(0) + nibbles) == paired)
    #expect(decode(.q4_1_GGJT2, bytes(1) + bytes(0) + nibbles) == split)
    #expect(decode(.q4_0_GGJT1, bytes(2) + nibbles) == paired.map { ($0 - 8) * 2 })
    #expect(decode(.q4_0_GGJT2, bytes(2) + nibbles) == split.map { ($0 - 8) * 2 })
    #expect(
      decode(.q4_2, half(0.5) + nibbles[..<8]) == paired.prefix(16).map { ($0 - 8) * 0.5 })
    #expect(
      decode(.q4_3, half(0.5) + half(-3) + nibbles[..<8])
        == paired.prefix(16).map { $0 * 0.5 - 3 })
    // Bit i of the word is the fifth bit of element i.
    let word: [UInt8] = [0b0000_0101, 0, 0, 0x80]
    let fifth = (0..<32).map { Float([0, 2, 31].contains($0) ? 16 : 0) }
    #expect(
      decode(.q5_0_GGJT1, half(1) + word + nibbles)
        == zip(paired, fifth).map { $0 + $1 - 16 })
    #expect(
      decode(.q5_1_GGJT1, half(1) + half(4) + word + nibbles)
        == zip(paired, fifth).map { $0 + $1 + 4 })
    let codes = (0..<32).map { UInt8(bitPattern: Int8($0 - 16)) }
    #expect(decode(.q8_0_GGJT1, bytes(0.25) + codes) == (0..<32).map { Float($0 - 16) / 4 })
  }

  /// With scales that half precision holds, moving changes no value.
  @Test(arguments: Encoding.blocks2023.filter { $0.repacking != nil })
  func keepsCodes(encoding: Encoding) throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      var blocks: [UInt8] = []
      for _ in 0..<4 {
        let scale = Float(Float16(Float.random(in: -2...2, using: &generator)))
        let minimum = Float(Float16(Float.random(in: -2...2, using: &generator)))
        var head: [UInt8]
        switch encoding.name {
        case "Q4_0.ggjt1", "Q4_0.ggjt2", "Q8_0.ggjt1": head = bytes(scale)
        case "Q4_1.ggjt1", "Q4_1.ggjt2": head = bytes(scale) + bytes(minimum)
        case "Q5_0.ggjt1": head = half(scale)
        case "Q5_1.ggjt1": head = half(scale) + half(minimum)
        // Products of such a scale with four bits fit into a half.
        default: head = half(0.125) + half(0.0625)
        }
        while head.count < encoding.bytesPerBlock { head.append(UInt8.random(in: 0...255)) }
        blocks += head
      }
      let (moved, error) = try repack(encoding, blocks)
      #expect(error == ScaleError())
      #expect(
        decode(try #require(encoding.repacking).target, moved) == decode(encoding, blocks),
        "\(encoding.name)")
    }
  }

  @Test func tellsTheErrorOfScales() throws {
    let scale: Float = 1.0 + 1.0 / 4096
    let codes = [UInt8](repeating: 0x21, count: 16)
    let (moved, error) = try repack(.q4_0_GGJT1, bytes(scale) + codes)
    #expect(Array(moved[..<2]) == half(1))
    #expect(error == ScaleError(relative: (scale - 1) / scale))
    // Too small for a half: zero, and the error is absolute.
    let tiny = try repack(.q4_0_GGJT1, bytes(1e-9) + codes)
    #expect(tiny.bytes[..<2] == [0, 0] && tiny.error == ScaleError(absolute: 1e-9))
    for wide in [Float(70_000), .infinity, .nan] {
      #expect(try repack(.q4_0_GGJT1, bytes(wide) + codes).error.relative == .infinity)
    }
  }

  /// Any bytes decode.
  @Test(arguments: Encoding.blocks2023)
  func decodesAnything(encoding: Encoding) {
    for byte: UInt8 in [0, 0x7F, 0x80, 0xFF] {
      let blocks = [UInt8](repeating: byte, count: 3 * encoding.bytesPerBlock)
      #expect(decode(encoding, blocks).count == 3 * encoding.elementsPerBlock)
    }
    #expect(Encoding.named(encoding.name.lowercased()) == encoding)
    #expect(encoding.ggufType == nil)
  }
}
