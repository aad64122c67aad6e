import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

/// What payloads say of themselves, and what they do with the buffers that they are lent.
@Suite struct PayloadFaceTests {
  private static func layout(_ dimensions: [Int], _ traits: Encoding = .f32) throws
    -> TensorLayout
  {
    try #require(TensorShape(dimensions).flatMap { TensorLayout($0, traits) })
  }

  /// Bytes 0, 1, 2 … in a file.
  private static func stored(_ dimensions: [Int]) throws -> SourcePayload {
    let layout = try layout(dimensions)
    let source = MemorySource((0..<layout.byteCount).map { UInt8(truncatingIfNeeded: $0) })
    let extent = try #require(
      ByteExtent(offset: 0, byteCount: layout.byteCount, within: source.byteCount))
    return try #require(SourcePayload(layout, in: source, extent))
  }

  @Test func aPayloadSaysHowItIsStoredAndWhatIsDoneToIt() throws {
    let base = try Self.stored([4, 6])
    let turned = try #require(TransposedPayload(base))
    let shaped = try #require(ReshapedPayload(turned, [2, 12]))
    #expect(shaped.steps == [.stored, .transposed, .reshaped])
    #expect(shaped.stored == base.layout)
    #expect(shaped.span == nil)
    #expect(ReshapedPayload(base, [24])?.span?.extent == base.extent)
    let joined = try #require(JoinedPayload([base, base], along: .rows))
    #expect(joined.steps == [.stored, .joined])
    #expect(joined.stored == joined.layout)
  }

  /// A row of the result may take many rows of the source, and its cost is what these take.
  @Test func theCostIsThatOfTheWidestStep() throws {
    let base = try Self.stored([8, 16])
    #expect(base.cost.bytesPerRow == 64)
    #expect(!base.cost.isSearch)
    let wide = try #require(ReshapedPayload(base, [2, 64]))
    #expect(wide.cost.bytesPerRow == 256)
    let narrow = try #require(ArrangedPayload(base, RowArrangement(grid: [8], ranges: [2..<4])))
    #expect(narrow.cost.bytesPerRow == 256)
  }

  /// Buffers come back as they were left: what is read must not depend on what lies in them.
  @Test func usedBuffersChangeNothing() throws {
    let base = try Self.stored([6, 4])
    let once = try #require(TransposedPayload(base))
    let turned = try #require(TransposedPayload(once))
    let columns = try #require(JoinedPayload([turned, base], along: .columns))
    let payload = try #require(ReshapedPayload(columns, [4, 12]))
    let expected = try payload.readBytes(rows: 0..<4)
    var scratch = PayloadScratch()
    scratch.give([UInt8](repeating: 0xAA, count: 7))
    scratch.give([UInt8](repeating: 0x55, count: 4096))
    for _ in 0..<3 {
      let bytes = try payload.borrow(rows: 0..<4, from: &scratch)
      #expect(Array(bytes.prefix(expected.count)) == expected)
      scratch.give(bytes)
    }
  }

  /// A buffer that is large enough is used again, and one that is too small makes room.
  @Test func buffersAreReused() {
    var scratch = PayloadScratch()
    scratch.give([UInt8](repeating: 1, count: 100))
    let first = scratch.takeBytes(50)
    #expect(first.count == 100)
    scratch.give(first)
    #expect(scratch.takeBytes(200).count == 200)
    #expect(scratch.takeBytes(10).count == 10)
  }

  @Test func aTensorWithoutElementsHasNoRows() throws {
    #expect(try Self.layout([1 << 62, 0]).rowCount == 0)
    #expect(try Self.layout([0, 1 << 40]).rowCount == 0)
    #expect(try Self.layout([0]).rowCount == 0)
    #expect(try Self.layout([]).rowCount == 1)
  }

  @Test func joinedPartsMayDifferInTheJoinedDimensionOnly() throws {
    let (small, large) = (try Self.stored([2, 3]), try Self.stored([4, 3]))
    #expect(JoinedPayload([small, large], along: .rows)?.layout.shape.dimensions == [6, 3])
    #expect(JoinedPayload([small, large], along: .columns) == nil)
    let vectors = try #require(
      JoinedPayload([Self.stored([2]), Self.stored([3])], along: .rows))
    let expected: [UInt8] = Array(0..<8) + Array(0..<12)
    #expect(try vectors.readBytes(rows: 0..<1) == expected)
  }
}
