import CWeighbridgeKernels
import Foundation
import TestSupport
import Testing
import WeighbridgeEncodings

/// Properties of every encoding of the registry, in the suite whose tests run one after the other.
extension EncodingsTests {
  /// ENC-20 to ENC-61: blocks decode as the specification says, element by element.
  ///
  /// 256 blocks give every byte of a block every value, so every code of up to eight bits appears at
  /// every place; random blocks add the codes and scales that span bytes.
  @Test func everyCodeDecodesAsSpecified() throws {
    var generator = SeededGenerator(seed: 17)
    for encoding in Self.decodable where encoding.elementsPerBlock > 1 {
      let specified = try #require(SpecifiedElements.all[encoding.name], "\(encoding.name)")
      var blocks = (0..<256).map { value in
        (0..<encoding.bytesPerBlock).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ value) }
      }
      for _ in 0..<512 {
        blocks.append(
          (0..<encoding.bytesPerBlock).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
      }
      let decoded = encoding.decoded(blocks.flatMap { $0 })
      var wrong = 0
      for (block, bytes) in blocks.enumerated() {
        let source = SpecifiedBlock(bytes: bytes)
        for element in 0..<encoding.elementsPerBlock {
          let expected = specified(source, element)
          let value = decoded[block * encoding.elementsPerBlock + element]
          if value != expected, !(value.isNaN && expected.isNaN) { wrong += 1 }
        }
      }
      #expect(wrong == 0, "\(encoding.name): \(wrong) elements")
    }
  }

  /// Every path gives the scalar path's bytes: heavy tails, zeros, ties, denormals and huge values.
  ///
  /// WEIGHBRIDGE_PROPERTY_BLOCKS says how many blocks over all encodings, half of them with importance;
  /// a share that takes seconds without it. A million take minutes.
  @Test func everyPathEncodesRandomBlocksAsTheScalarPath() {
    let asked = ProcessInfo.processInfo.environment["WEIGHBRIDGE_PROPERTY_BLOCKS"]
    let total = asked.flatMap { Int($0) } ?? 10_000
    var generator = SeededGenerator.announced("blocks to encode")
    var compared = 0
    let encoders =
      Self.quantizable.compactMap(\.encoder)
      + Self.quantizable.filter { $0.amendment != nil }.compactMap(\.rightEncoder)
    for encoder in encoders {
      let perRow = max(1, Self.rowLength / encoder.encoding.elementsPerBlock)
      var left = total / encoders.count
      while left > 0 {
        let rows = min(256, max(2, left / perRow))
        compared += comparePaths(encoder, rows: rows, seed: generator.next())
        left -= rows * perRow
      }
    }
    let levels = "levels 1 to \(wb_cpu_highest_level())"
    print("compared \(compared) blocks, \(levels), with the scalar path")
  }

  /// The blocks compared; half of the rows have importance.
  private func comparePaths(
    _ encoder: Encoding.Encoder, rows: Int, seed: UInt64
  ) -> Int {
    let half = max(1, rows / 2)
    let floats = Samples.rows(
      2 * half, length: Self.rowLength, seed: seed, kinds: Samples.everyKind)
    for importance in [nil, Samples.importance(Self.rowLength, seed: seed &+ 1)] {
      let part = Array(
        importance == nil
          ? floats[..<(half * Self.rowLength)] : floats[(half * Self.rowLength)...])
      var expected: [UInt8] = []
      atEveryLevel { level in
        let bytes = encoder.encoded(part, rowLength: Self.rowLength, importance: importance)
        if level == 0 { expected = bytes }
        #expect(bytes == expected, "\(encoder.encoding), level \(level), seed \(seed)")
      }
    }
    return 2 * half * Self.rowLength / encoder.encoding.elementsPerBlock
  }

  /// Simple blocks: no element is further off than half a step, or a whole one at the end of a range.
  ///
  /// In units of the block's largest magnitude, with the rounding of the scale.
  @Test func simpleBlocksStayWithinAStep() {
    let bounds: [String: Float] = [
      "F16": 0x1p-11, "BF16": 0x1p-8, "Q8_0": 0.5 / 127 + 0x1p-11, "Q4_0": 1.0 / 8,
      "Q5_0": 1.0 / 16, "Q4_1": 1.0 / 15 + 0x1p-9, "Q5_1": 1.0 / 31 + 0x1p-9, "Q2_0": 0.5,
    ]
    // Kinds whose scales are normal halves.
    let rows = Samples.rows(60, length: Self.rowLength, seed: 23, kinds: [0, 1, 2, 3, 6, 7, 8])
    for encoding in Self.quantizable {
      guard let bound = bounds[encoding.name] else { continue }
      let decoded = encoding.decoded(encoding.encoded(rows, rowLength: Self.rowLength))
      for start in stride(from: 0, to: rows.count, by: encoding.elementsPerBlock) {
        let block = start..<start + encoding.elementsPerBlock
        let largest = block.reduce(Float(0)) { max($0, abs(rows[$1])) }
        let worst = block.reduce(Float(0)) { max($0, abs(rows[$1] - decoded[$1])) }
        // The sum of two products' rounding, and of a scale that is a subnormal half.
        #expect(worst <= bound * 1.01 * largest + 0x1p-20, "\(encoding.name) at \(start)")
      }
    }
  }

  /// E-1: a sub-block that is all zero takes nothing from its neighbours where encoders are amended.
  @Test func zeroSubBlocksLeaveTheOthersWhole() {
    let importance = [Float](repeating: 1, count: Self.rowLength)
    for encoder in Self.amended {
      let encoding = encoder.encoding
      var rows = Samples.standard
      for start in stride(from: 64, to: rows.count, by: 256) {
        for index in start..<start + 32 { rows[index] = 0 }
      }
      let decoded = encoding.decoded(
        encoder.encoded(rows, rowLength: Self.rowLength, importance: importance))
      var sum = 0.0
      for (old, new) in zip(rows, decoded) { sum += Double(old - new) * Double(old - new) }
      let error = Float((sum / Double(rows.count)).squareRoot())
      #expect(error <= encoding.roundTripBound * 1.1, "\(encoding.name): \(error)")
    }
  }

  /// E-1: the reference's bytes and the amended ones differ where blocks are counted, and in nothing but
  /// the places of low indices and signs.
  @Test func amendedBlocksDifferWhereTheReferenceErrs() throws {
    var generator = SeededGenerator(seed: 31)
    var rows = Samples.rows(64, length: Self.rowLength, seed: 31, kinds: [0, 3, 7])
    for start in stride(from: 0, to: rows.count, by: 32) where generator.next() % 5 == 0 {
      for index in start..<start + 32 { rows[index] = generator.next() & 1 == 0 ? 0 : -0.0 }
    }
    let size = Encoding.iq3_S.bytesPerBlock
    let reference = Encoding.iq3_S.encoded(rows, rowLength: Self.rowLength)
    let amended = try #require(Encoding.iq3_S.rightEncoder).encoded(rows, rowLength: Self.rowLength)
    var differing = 0
    for block in 0..<rows.count / 256 {
      let floats = Array(rows[block * 256..<(block + 1) * 256])
      let own = Array(amended[block * size..<(block + 1) * size])
      var moved = own
      var place = 0
      for sub in 0..<8 {
        moved.replaceSubrange(2 + 8 * sub..<10 + 8 * sub, with: repeatElement(0, count: 8))
        moved.replaceSubrange(74 + 4 * sub..<78 + 4 * sub, with: repeatElement(0, count: 4))
        guard floats[32 * sub..<32 * sub + 32].contains(where: { $0 != 0 }) else {
          moved[66 + sub] = 0
          continue
        }
        moved.replaceSubrange(2 + 8 * place..<10 + 8 * place, with: own[2 + 8 * sub..<10 + 8 * sub])
        moved.replaceSubrange(
          74 + 4 * place..<78 + 4 * place, with: own[74 + 4 * sub..<78 + 4 * sub])
        place += 1
      }
      #expect(Array(reference[block * size..<(block + 1) * size]) == moved, "block \(block)")
      let counted = try #require(Encoding.iq3_S.amendment).misencodedBlocks(in: floats.span)
      differing += counted
      if counted == 0 {
        // Trailing zero sub-blocks are the one thing that may look otherwise: their codes mean nothing.
        let lastFitted = (0..<8).last { sub in
          floats[32 * sub..<32 * sub + 32].contains { $0 != 0 }
        }
        if lastFitted == 7 { #expect(moved == own, "block \(block)") }
      }
    }
    #expect(differing > 100)
  }

  /// Every encoding: what is decoded is nearer to the row than nothing is, whatever the row.
  ///
  /// With importance 1: without it, IQ1_M gives zeros no weight, and in sparse rows they become anything.
  @Test func roundTripsAreBetterThanNothing() {
    for encoder in Self.amended {
      let encoding = encoder.encoding
      let rows = Samples.rows(90, length: Self.rowLength, seed: 29, kinds: [0, 1, 2, 3, 6, 7, 8])
      let importance = [Float](repeating: 1, count: Self.rowLength)
      let decoded = encoding.decoded(
        encoder.encoded(rows, rowLength: Self.rowLength, importance: importance))
      for row in 0..<90 {
        var energy = 0.0
        var error = 0.0
        for index in row * Self.rowLength..<(row + 1) * Self.rowLength {
          energy += Double(rows[index]) * Double(rows[index])
          error += Double(rows[index] - decoded[index]) * Double(rows[index] - decoded[index])
        }
        #expect(error <= energy, "\(encoding.name) row \(row): \(error) of \(energy)")
      }
    }
  }
}
