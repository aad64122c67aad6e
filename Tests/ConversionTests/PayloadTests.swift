import Architectures
import ByteIO
import Conversion
import Encodings
import ModelIR
import Testing

/// Operators on payloads, beside the same on arrays.
@Suite struct PayloadTests {
  /// Numbers 0, 1, 2 … of a shape, in a file of their own.
  static func counting(
    _ dimensions: [Int], _ encoding: any QuantizableEncoding.Type = F32.self
  ) throws -> any TensorPayload {
    let shape = try #require(TensorShape(dimensions))
    let layout = try #require(TensorLayout(shape, encoding.traits))
    let floats = (0..<shape.elementCount).map { Float($0) }
    return try payload(floats, layout, encoding)
  }

  static func payload(
    _ floats: [Float], _ layout: TensorLayout, _ encoding: any QuantizableEncoding.Type
  ) throws -> any TensorPayload {
    var bytes = [UInt8](repeating: 0, count: Int(layout.byteCount))
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    encoding.encodeRows(
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
    let base = try Self.counting([8], F16.self)
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

  @Test func negativeExponentialIsRoundedCorrectly() throws {
    // Computed with 50 digits; the last is the float nearest to the true value.
    let cases: [(Float, Float)] = [
      (0, -1), (1, -2.7182817), (-1, -0.36787945), (0.04547954, -1.0465297),
      (-0.03448743, -0.96610045), (2.5, -12.182494), (-20, -2.0611537e-9),
    ]
    let shape = try #require(TensorShape([cases.count, 1]))
    let layout = try #require(TensorLayout(shape, F32.traits))
    let base = try Self.payload(cases.map(\.0), layout, F32.self)
    let found = try floats(try #require(MappedPayload(base, .negativeExponential)))
    #expect(found == cases.map(\.1))
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
    let base = try Self.counting([2, 2], F16.self)
    let half = try #require(MappedPayload(base, .add(0.0001)))
    #expect(half.layout.encoding.name == "F16")
    #expect(try floats(half)[1] == 1)
  }
}
