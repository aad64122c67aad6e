import Testing

@testable import WeighbridgeInference

/// Percentiles, windows and files.
struct StatisticsTests {
  @Test func percentilesLieBetweenNeighbours() {
    let distribution = Distribution([3, 1, 2, 5, 4])
    #expect(distribution.minimum == 1)
    #expect(distribution.maximum == 5)
    #expect(distribution.median == 3)
    #expect(distribution.percentile(0.25) == 2)
    #expect(distribution.percentile(0.9) == 4.6)
    #expect(Distribution([]).percentile(0.5) == 0)
  }

  @Test func theErrorOfAMeanIsThatOfTheReference() {
    let estimate = Estimate.mean(of: [1, 2, 3, 4])
    #expect(estimate.value == 2.5)
    #expect(abs(estimate.error - (1.25 / 3 as Double).squareRoot()) < 1e-15)
    #expect(Estimate.mean(of: [7]) == Estimate(7, error: 0))
  }

  @Test func windowsOverlapByTheStride() throws {
    let tokens = (0..<20).map { Int32($0) }
    let windows = try TokenWindows(tokens: tokens, context: 8, stride: 4)
    #expect(windows.windows.map { $0[0] } == [0, 4, 8, 12])
    #expect(windows.scored == 3..<7)
    #expect(try TokenWindows(tokens: tokens, context: 8).windows.count == 2)
    #expect(try TokenWindows(tokens: tokens, context: 8, limit: 1).windows.count == 1)
    #expect(throws: (any Error).self) { try TokenWindows(tokens: tokens, context: 21) }
    #expect(throws: (any Error).self) { try TokenWindows(tokens: tokens, context: 8, stride: 0) }
  }

  @Test func aNumPyFileIsWhatNumPyWrites() {
    let bytes = NumPyFile.bytes(TokenMatrix(rows: 2, columns: 3, values: [0, 1, 2, 3, 4, -1.5]))
    // As numpy.save writes it.
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    let padding = String(repeating: " ", count: 58)
    #expect(bytes.count == 128 + 24)
    #expect(bytes.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]))
    #expect(bytes[10..<128].elementsEqual((header + padding + "\n").utf8))
    #expect(Array(bytes[148..<152]) == [0, 0, 0xc0, 0xbf])
  }
}
