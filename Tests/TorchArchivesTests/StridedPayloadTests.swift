import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

@testable import WeighbridgeTorchArchives

/// The gathering of views, against one element at a time.
@Suite struct StridedPayloadTests {
  private static let cases: [(size: [Int], stride: [Int])] = [
    ([700, 900], [1, 700]), ([900, 700], [700, 1]), ([300, 2], [3001, 1]), ([2, 300], [1, 3001]),
    ([40, 50, 60], [1, 40, 2000]), ([40, 50, 60], [60, 2400, 1]), ([7], [100_000]),
    ([7, 3], [100_000, 50_000]), ([3, 4, 5, 6], [1, 3, 12, 60]), ([100_000, 3], [0, 1]),
    ([3, 100_000], [1, 0]), ([5, 1, 6], [1, 999, 100]), ([400_000], [2]), ([], []),
  ]

  private func check<Unit: FixedWidthInteger>(
    _ type: Unit.Type, _ encoding: Encoding, swaps: Bool
  ) throws {
    let count = 900_000
    var bytes: [UInt8] = []
    var state: UInt32 = 7
    for _ in 0..<count * MemoryLayout<Unit>.size {
      state = state &* 1_664_525 &+ 1_013_904_223
      bytes.append(UInt8(state >> 24))
    }
    let source = MemorySource(bytes)
    for (size, stride) in Self.cases {
      let shape = try #require(TensorShape(size))
      let layout = try #require(TensorLayout(shape, encoding))
      let width = MemoryLayout<Unit>.size
      let offset = 11
      let payload = StridedPayload(
        layout, in: source, at: UInt64(offset * width), strides: stride, swaps: swaps)
      var expected: [UInt8] = []
      var index = [Int](repeating: 0, count: size.count)
      for _ in 0..<shape.elementCount {
        let place = offset + zip(index, stride).reduce(0) { $0 + $1.0 * $1.1 }
        let element = bytes[place * width..<(place + 1) * width]
        expected += swaps ? Array(element.reversed()) : Array(element)
        for axis in index.indices.reversed() {
          index[axis] += 1
          if index[axis] < size[axis] { break }
          index[axis] = 0
        }
      }
      let rows = layout.rowCount
      for range in [0..<rows, 0..<min(1, rows), rows / 3..<rows / 3 + (rows + 1) / 2, rows..<rows] {
        let got = try payload.readBytes(rows: range)
        let slice = expected[
          range.lowerBound * layout.bytesPerRow..<range.upperBound
            * layout.bytesPerRow]
        #expect(got.elementsEqual(slice), "\(size) \(stride) rows \(range)")
      }
    }
  }

  @Test func bytesAreGathered() throws { try check(UInt8.self, .u8, swaps: false) }

  @Test func halvesAreGathered() throws { try check(UInt16.self, .f16, swaps: false) }

  @Test func floatsAreGathered() throws { try check(UInt32.self, .f32, swaps: false) }

  @Test func doublesAreGatheredAndTurned() throws {
    try check(UInt64.self, .f64, swaps: true)
  }

  @Test func joinedPiecesAreRowsAndColumns() throws {
    func piece(_ dimensions: [Int], _ first: UInt8) throws -> SourcePayload {
      let shape = try #require(TensorShape(dimensions))
      let layout = try #require(TensorLayout(shape, .u8))
      let bytes = (0..<Int(layout.byteCount)).map { first + UInt8($0) }
      let extent = try #require(
        ByteExtent(offset: 0, byteCount: layout.byteCount, within: layout.byteCount))
      return try #require(SourcePayload(layout, in: MemorySource(bytes), extent))
    }
    let pieces = [try piece([2, 3], 0), try piece([2, 3], 100)]
    let columns = try #require(JoinedPayload(pieces, along: .columns))
    #expect(try columns.readBytes(rows: 0..<2) == [0, 1, 2, 100, 101, 102, 3, 4, 5, 103, 104, 105])
    #expect(try columns.readBytes(rows: 1..<2) == [3, 4, 5, 103, 104, 105])
    let rows = try #require(JoinedPayload(pieces, along: .rows))
    #expect(rows.layout.shape.dimensions == [4, 3])
    #expect(try rows.readBytes(rows: 1..<3) == [3, 4, 5, 100, 101, 102])
    #expect(JoinedPayload([try piece([2, 3], 0), try piece([3, 3], 0)], along: .columns) == nil)
    #expect(JoinedPayload([try piece([2, 3], 0), try piece([2, 4], 0)], along: .rows) == nil)
  }
}
