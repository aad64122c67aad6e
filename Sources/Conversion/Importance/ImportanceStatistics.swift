package import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What `llama-imatrix --show-statistics` tells of one tensor's mean squares x̄².
package struct ImportanceStatistics: Hashable, Sendable {
  /// The tensor's GGUF name.
  package let name: ByteString
  /// Mean squares that the numbers are about: those of parts that saw data.
  package let elements: Int
  /// Their sum.
  package let total: Double
  /// The smallest.
  package let minimum: Double
  /// The largest.
  package let maximum: Double
  /// Their standard deviation, that of a whole population.
  package let standardDeviation: Double
  /// The share of those above 1e-5.
  package let active: Double
  /// The entropy of their distribution over the columns, in bits.
  package let entropy: Double
  /// The share of those more than one standard deviation above the mean.
  package let outliers: Double
  /// The cosine between the sums and those of the same tensor one layer before; nil without one.
  package let cosine: Double?

  /// Their mean.
  package var mean: Double { total / Double(elements) }

  /// The entropy over the largest possible one; 1 for a single element.
  package var normalizedEntropy: Double { elements > 1 ? entropy / log2(Double(elements)) : 1 }

  /// The number of the layer; nil for a tensor outside the layers.
  package var layer: Int? { Self.place(of: name)?.layer }

  /// The kind of tensor: `attn_k` of `blk.0.attn_k.weight`.
  package var kind: String {
    let parts = name.text.split(separator: ".")
    guard let last = parts.lastIndex(of: "weight"), last > 0 else { return name.text }
    return String(parts[last - 1])
  }

  /// Summarizes an entry; nil where no part saw data.
  init?(_ entry: ImportanceSums.Entry, before: ImportanceSums.Entry?) {
    var values: [Double] = []
    for (part, count) in entry.counts.enumerated() where count > 0 {
      for index in part * entry.columns..<(part + 1) * entry.columns {
        values.append(Double(entry.sums[index]) / Double(count))
      }
    }
    guard let minimum = values.min(), let maximum = values.max() else { return nil }
    name = entry.name
    elements = values.count
    let count = Double(values.count)
    let total = values.reduce(0, +)
    let mean = total / count
    let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    self.total = total
    self.minimum = minimum
    self.maximum = maximum
    standardDeviation = deviation
    active = Double(values.count { abs($0) > 1e-5 }) / count
    entropy = values.reduce(0) { sum, value in
      let share = total > 0 ? value / total : 0
      return share > 0 ? sum - share * log2(share) : sum
    }
    outliers = deviation > 0 ? Double(values.count { $0 - mean > deviation }) / count : 0
    cosine = before.flatMap { Self.cosine(entry.sums, $0.sums) }
  }

  private static func cosine(_ left: [Float], _ right: [Float]) -> Double? {
    guard left.count == right.count else { return nil }
    var (product, own, other) = (0.0, 0.0, 0.0)
    for (a, b) in zip(left, right) {
      product += Double(a) * Double(b)
      own += Double(a) * Double(a)
      other += Double(b) * Double(b)
    }
    let norm = own.squareRoot() * other.squareRoot()
    return norm > 0 ? product / norm : nil
  }

  /// The number of a tensor's layer, and its name around it.
  fileprivate static func place(
    of name: ByteString
  ) -> (layer: Int, head: String, tail: String)? {
    let parts = name.text.split(separator: ".", omittingEmptySubsequences: false)
    guard let mark = parts.firstIndex(of: "blk"), mark + 1 < parts.count,
      let layer = Int(parts[mark + 1]), layer >= 0
    else { return nil }
    return (
      layer, parts[...mark].joined(separator: ".") + ".",
      parts[(mark + 2)...].map { "." + $0 }.joined()
    )
  }
}

extension ImportanceSums {
  /// Statistics of every tensor that saw data: by kind, then by their total, the largest first.
  package var statistics: [ImportanceStatistics] {
    var places: [ByteString: Int] = [:]
    for (index, entry) in entries.enumerated() { places[entry.name] = index }
    let all = entries.compactMap { entry in
      let before = ImportanceStatistics.place(of: entry.name).flatMap { place in
        place.layer > 0 ? places[ByteString("\(place.head)\(place.layer - 1)\(place.tail)")] : nil
      }
      return ImportanceStatistics(entry, before: before.map { entries[$0] })
    }
    return all.map { (kind: $0.kind, value: $0) }
      .sorted { left, right in
        if left.kind != right.kind { return left.kind < right.kind }
        if left.value.total != right.value.total { return left.value.total > right.value.total }
        return left.value.name < right.value.name
      }
      .map(\.value)
  }
}
