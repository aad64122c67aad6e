/// How many values lie where, counted in one pass and without knowing the range before.
///
/// A value counts for its sign, its exponent and the first three bits of its fraction: eight bins to each
/// power of two. Bins of equal width are made of these afterwards.
package struct ValueHistogram: Hashable, Sendable {
  /// Counts by the upper twelve bits of a binary32.
  private var counts: [UInt16: Int] = [:]

  /// Counts the finite ones of some values.
  mutating func add(_ values: Span<Float>) {
    var table = [Int](repeating: 0, count: 1 << 12)
    for index in values.indices { table[Int(values[index].bitPattern >> 20)] += 1 }
    for (place, count) in table.enumerated() where count > 0 && place & 0x7F8 != 0x7F8 {
      counts[UInt16(place), default: 0] += count
    }
  }

  mutating func merge(_ other: ValueHistogram) {
    counts.merge(other.counts, uniquingKeysWith: +)
  }

  /// Counts in bins of equal width from `low` to `high`, the first and the last with all that is beyond.
  ///
  /// A bin that lies over the border of two is shared out by length.
  package func bins(_ count: Int, from low: Double, to high: Double) -> [Double] {
    var result = [Double](repeating: 0, count: max(count, 1))
    let width = (high - low) / Double(result.count)
    guard width > 0, width.isFinite else { return [] }
    func place(_ value: Double) -> Double {
      min(max((value - low) / width, 0), Double(result.count))
    }
    for (key, amount) in counts {
      let bounds = Self.bounds(key)
      let (start, end) = (place(bounds.low), place(bounds.high))
      let first = min(Int(start), result.count - 1)
      let last = min(Int(end), result.count - 1)
      guard first < last, end > start else {
        result[first] += Double(amount)
        continue
      }
      for bin in first...last {
        let part = min(end, Double(bin + 1)) - max(start, Double(bin))
        result[bin] += Double(amount) * max(0, part) / (end - start)
      }
    }
    return result
  }

  /// The values that count for a bin: all that begin with its twelve bits.
  private static func bounds(_ key: UInt16) -> (low: Double, high: Double) {
    let near = Double(Float(bitPattern: UInt32(key) << 20))
    let far = Double(Float(bitPattern: UInt32(key) << 20 | 0xF_FFFF))
    return near.sign == .minus ? (far, near) : (near, far)
  }
}
