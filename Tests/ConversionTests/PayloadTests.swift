import Testing
import WeighbridgeArchitectures
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeModelIR

/// Operators on payloads, beside the same on arrays.
@Suite struct PayloadTests {
  /// Numbers 0, 1, 2 … of a shape, in a file of their own.
  static func counting(
    _ dimensions: [Int], _ encoding: Encoding = .f32
  ) throws -> any TensorPayload {
    let shape = try #require(TensorShape(dimensions))
    let layout = try #require(TensorLayout(shape, encoding))
    let floats = (0..<shape.elementCount).map { Float($0) }
    return try payload(floats, layout, encoding)
  }

  static func payload(
    _ floats: [Float], _ layout: TensorLayout, _ encoding: Encoding
  ) throws -> any TensorPayload {
    var bytes = [UInt8](repeating: 0, count: Int(layout.byteCount))
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    try #require(encoding.encoder).encode(
      floats.span, rowLength: layout.rowLength, importance: nil, into: &raw)
    let source = MemorySource(bytes)
    let extent = ByteExtent(offset: 0, byteCount: layout.byteCount, within: source.byteCount)
    let range = try #require(extent)
    return try #require(SourcePayload(layout, in: source, range))
  }

  /// All rows, read in pieces of every size: they must not depend on it.
  private func floats(_ payload: any TensorPayload) throws -> [Float] {
    let rows = try #require(FloatRows(payload))
    let whole = try rows.read(rows: 0..<payload.layout.rowCount)
    for step in 1..<max(2, payload.layout.rowCount) {
      var joined: [Float] = []
      for start in stride(from: 0, to: payload.layout.rowCount, by: step) {
        let end = min(start + step, payload.layout.rowCount)
        joined += try rows.read(rows: start..<end)
      }
      #expect(joined == whole)
    }
    return whole
  }

  @Test func permutingHeadsInterleavesTheirHalves() throws {
    let base = try Self.counting([8, 3])
    let arrangement = RowArrangement(grid: [2, 2, 2], order: [0, 2, 1])
    let found = try floats(try #require(ArrangedPayload(base, arrangement)))
    let rows: [Float] = [0, 2, 1, 3, 4, 6, 5, 7]
    let expected = rows.flatMap { [$0 * 3, $0 * 3 + 1, $0 * 3 + 2] }
    #expect(found == expected)
  }

  @Test func arrangingOneDimensionMovesElements() throws {
    let base = try Self.counting([8], .f16)
    let arrangement = RowArrangement(grid: [2, 2, 2], order: [0, 2, 1])
    let found = try floats(try #require(ArrangedPayload(base, arrangement)))
    #expect(found == [0, 2, 1, 3, 4, 6, 5, 7])
  }

  @Test func arrangingTakesPartsFarApart() throws {
    let base = try Self.counting([100, 2])
    let arrangement = RowArrangement(grid: [10, 10], ranges: [0..<10, 3..<4])
    let payload = try #require(ArrangedPayload(base, arrangement))
    #expect(payload.layout.shape.dimensions == [10, 2])
    let found = try floats(payload)
    var expected: [Float] = []
    for group in 0..<10 { expected += [Float(group * 20 + 6), Float(group * 20 + 7)] }
    #expect(found == expected)
  }

  @Test func arrangingRefusesAnotherSize() throws {
    let base = try Self.counting([8, 3])
    #expect(ArrangedPayload(base, RowArrangement(grid: [3, 3])) == nil)
    #expect(ArrangedPayload(base, RowArrangement(grid: [2, 4], order: [0, 0])) == nil)
    #expect(ArrangedPayload(base, RowArrangement(grid: [2, 4], ranges: [0..<2, 0..<5])) == nil)
  }

  @Test func transposingExchangesTheLastDimensions() throws {
    let base = try Self.counting([2, 3, 5])
    let found = try floats(try #require(TransposedPayload(base)))
    var expected: [Float] = []
    for matrix in 0..<2 {
      for column in 0..<5 {
        for row in 0..<3 { expected.append(Float(matrix * 15 + row * 5 + column)) }
      }
    }
    #expect(found == expected)
  }

  @Test func stackingPutsPartsBehindEachOther() throws {
    let parts = [try Self.counting([2, 4]), try Self.counting([2, 4])]
    let payload = try #require(StackedPayload(parts))
    let other = [try Self.counting([2, 4]), try Self.counting([2, 3])]
    #expect(payload.layout.shape.dimensions == [2, 2, 4])
    let once = (0..<8).map { Float($0) }
    #expect(try floats(payload) == once + once)
    #expect(StackedPayload(other) == nil)
  }

  @Test func reshapingKeepsTheOrder() throws {
    for shape in [[24], [3, 8], [8, 3], [2, 3, 4], [1, 24]] {
      let base = try Self.counting([4, 6])
      let found = try floats(try #require(ReshapedPayload(base, shape)))
      let expected = (0..<24).map { Float($0) }
      #expect(found == expected)
    }
    #expect(ReshapedPayload(try Self.counting([4, 6]), [5, 5]) == nil)
  }

  /// Bits that torch 2.15 gives on x86; in those of the second row it is not the nearest float.
  @Test func negativeExponentialIsPyTorchs() throws {
    let cases: [(UInt32, UInt32)] = [
      (0x3DCC_CCCD, 0x3F8D_763E), (0xBDCC_CCCD, 0x3F67_A36D), (0x3F80_0000, 0x402D_F854),
      (0x4024_217B, 0x414F_EA65), (0x3FFD_4A1A, 0x40E7_7ECF), (0x4039_99BC, 0x4191_64F5),
      (0x4001_6D12, 0x40F1_C70C), (0xC023_2628, 0x3DA0_09E2), (0xBDB6_C1DC, 0x3F6A_251E),
      (0xC0E8_0000, 0x3A3A_2AFF), (0xC24A_0000, 0x1B0D_6CFA), (0x42AF_0000, 0x7E96_BAB3),
      (0xC2AF_CCCD, 0x0048_DCCA), (0, 0x3F80_0000),
    ]
    let shape = try #require(TensorShape([cases.count, 1]))
    let layout = try #require(TensorLayout(shape, .f32))
    let base = try Self.payload(cases.map { Float(bitPattern: $0.0) }, layout, .f32)
    let found = try floats(try #require(MappedPayload(base, .negativeExponential)))
    #expect(found.map { (-$0).bitPattern } == cases.map(\.1))
  }

  @Test func copiesAreLookedAt() throws {
    let encoders: [Encoding] = [.f32, .f16, .bf16]
    for encoder in encoders {
      let shape = try #require(TensorShape([3, 4]))
      let layout = try #require(TensorLayout(shape, encoder))
      for (bad, clamped) in [
        (Float.nan, Float(0)), (.infinity, .infinity), (-.infinity, -.infinity),
      ] {
        var values = [Float](repeating: 1, count: 12)
        values[6] = bad
        let base = try Self.payload(values, layout, encoder)
        let checked = try #require(CheckedPayload(base, named: "t"))
        let error = #expect(throws: FormatError.self) { try self.floats(checked) }
        #expect(error?.description.contains("row 1, column 2") == true)
        let kept = try floats(try #require(CheckedPayload(base, named: "t", clamps: true)))
        #expect(kept[6].isFinite && kept[5] == 1)
        #expect(clamped == 0 ? kept[6] == 0 : abs(kept[6]) >= 65_504 && kept[6].sign == bad.sign)
      }
      let plain = try Self.payload([Float](repeating: 2, count: 12), layout, encoder)
      #expect(
        try floats(try #require(CheckedPayload(plain, named: "t")))
          == Array(repeating: 2, count: 12))
    }
  }

  @Test func arrangingJoinsGrids() throws {
    let base = try Self.counting([6, 1])
    let arrangement = RowArrangement([
      .init([2, 3], ranges: [0..<2, 0..<1]), .init([2, 3], ranges: [0..<2, 1..<3]),
    ])
    let found = try floats(try #require(ArrangedPayload(base, arrangement)))
    #expect(found == [0, 3, 1, 2, 4, 5])
  }

  @Test func mappingAddsInThePrecisionOfTheSource() throws {
    let single = try Self.counting([2, 2])
    let payload = try #require(MappedPayload(single, .add(1)))
    #expect(try floats(payload) == [1, 2, 3, 4])
    let base = try Self.counting([2, 2], .f16)
    let half = try #require(MappedPayload(base, .add(0.0001)))
    #expect(half.layout.encoding == .f16)
    #expect(try floats(half)[1] == 1)
  }
}
