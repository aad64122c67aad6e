import Testing

@testable import Weighbridge

/// Histograms that are counted in one pass.
@Suite struct ValueHistogramTests {
  private static func counted(_ values: [Float]) -> ValueHistogram {
    var histogram = ValueHistogram()
    histogram.add(values.span)
    return histogram
  }

  /// Even numbers fill bins evenly; where a bin's border cuts a power of two's eighth, by length.
  @Test func binsOfEqualWidth() {
    let values = (0..<8_000).map { Float($0) / 4_000 - 1 + 1 / 8_000 }
    let bins = Self.counted(values).bins(16, from: -1, to: 1)
    #expect(bins.count == 16 && abs(bins.reduce(0, +) - 8_000) < 1e-6)
    for bin in bins { #expect(abs(bin - 500) < 20) }
  }

  @Test func whatIsNoNumberDoesNotCount() {
    let values: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, 3, -3, .greatestFiniteMagnitude]
    let bins = Self.counted(values).bins(4, from: -2, to: 2)
    // Beyond the ends counts for the ends.
    #expect(bins == [1, 0, 2, 2])
    #expect(Self.counted([]).bins(4, from: -2, to: 2) == [0, 0, 0, 0])
    #expect(Self.counted(values).bins(4, from: 1, to: 1).isEmpty)
  }

  @Test func partsAddUp() {
    let values = (0..<999).map { Float($0 * $0 % 997) - 300 }
    var parts = Self.counted(Array(values[..<400]))
    parts.merge(Self.counted(Array(values[400...])))
    #expect(parts == Self.counted(values))
  }
}
