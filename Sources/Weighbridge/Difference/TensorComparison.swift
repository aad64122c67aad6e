internal import Synchronization
package import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// How two tensors of one name relate.
package struct TensorComparison: Sendable {
  /// What was found, the best case first.
  package enum Verdict: String, Hashable, Sendable, CaseIterable {
    /// The same bytes in the same encoding.
    case identical
    /// Other bytes, and every value the same.
    case equal
    /// The same rows in another order: heads or halves of heads that were permuted.
    case reordered
    /// Values differ as the encodings explain: the same weights, rounded.
    case rounded
    /// Values differ by more than the encodings explain.
    case different
    /// Other shapes.
    case reshaped
    /// An encoding that cannot be decoded, with other bytes.
    case unknown
  }

  package let name: ByteString
  package let left: TensorLayout
  package let right: TensorLayout
  package internal(set) var verdict: Verdict
  /// √(Σ(a − b)² / Σa²).
  package internal(set) var error: Double = 0
  /// The largest |a − b|.
  package internal(set) var largest: Double = 0
  /// The error that the encodings explain, of a sample of rows; nil where it was not needed.
  package internal(set) var expected: Double?

  /// Whether the values may be taken for the same.
  package func isWithin(_ tolerance: Double?) -> Bool {
    switch verdict {
    case .identical, .equal: true
    case .rounded, .different, .reordered: tolerance.map { error <= $0 } ?? false
    case .reshaped, .unknown: false
    }
  }

  init(_ name: ByteString, _ left: TensorLayout, _ right: TensorLayout, _ verdict: Verdict) {
    self.name = name
    self.left = left
    self.right = right
    self.verdict = verdict
  }

  /// Values by which encodings explain a difference, over what an encoder of the reference would give:
  /// importance, other searches and rounding twice.
  static let slack = 2.5

  /// Compares pairs of tensors, each read once, a few megabytes at a time.
  package static func compare(
    _ pairs: [(left: Tensor, right: Tensor)], using resources: Resources
  ) throws(FormatError) -> [TensorComparison] {
    let sums = Mutex([PairSums](repeating: PairSums(), count: pairs.count))
    let readers = pairs.map { PairReader($0.left, $0.right) }
    let plan = RowPieces(
      rows: readers.map { $0?.rowCount ?? 0 },
      steps: readers.map { max(1, (1 << 20) / max(1, $0?.rowLength ?? 1)) })
    let progress = resources.progress
    progress.begin(
      "comparing", total: pairs.reduce(0) { $0 &+ $1.left.layout.byteCount }, unit: .bytes)
    defer { progress.end() }
    try Workers.run(plan.count, on: resources.threads, scratch: { PayloadScratch() }) {
      (scratch: inout PayloadScratch, job: Int) throws(FormatError) in
      let (index, rows) = plan[job]
      guard let reader = readers[index] else { return }
      let part = try reader.compare(rows, &scratch)
      sums.withLock { $0[index].add(part) }
      progress.advance(by: UInt64(rows.count * pairs[index].left.layout.bytesPerRow))
    }
    var results: [TensorComparison] = []
    for (index, pair) in pairs.enumerated() {
      let own = sums.withLock { $0[index] }
      var result = verdict(pair.left, pair.right, readers[index], own)
      if result.verdict == .different, try RowOrder.isReordered(pair.left, pair.right) {
        result.verdict = .reordered
      }
      results.append(result)
    }
    return results
  }

  private static func verdict(
    _ left: Tensor, _ right: Tensor, _ reader: PairReader?, _ sums: PairSums
  ) -> TensorComparison {
    var result = TensorComparison(left.name, left.layout, right.layout, .different)
    guard let reader else {
      let isSame = Shapes.flattened(left.layout.shape) == Shapes.flattened(right.layout.shape)
      result.verdict = isSame ? .unknown : .reshaped
      return result
    }
    if sums.isSameBytes {
      result.verdict = .identical
    } else if reader.isRaw {
      result.verdict = .unknown
    } else if sums.isSameValues {
      result.verdict = .equal
    }
    guard result.verdict == .different else { return result }
    result.error = sums.error
    result.largest = sums.largest
    result.expected = ExpectedError.of(reader)
    if let expected = result.expected, sums.error <= expected * slack { result.verdict = .rounded }
    return result
  }
}

/// Shapes without dimensions of one element, which containers keep or drop.
enum Shapes {
  static func flattened(_ shape: TensorShape) -> [Int] { shape.dimensions.filter { $0 != 1 } }
}

/// Sums over the rows of two tensors.
struct PairSums: Sendable {
  var isSameBytes = true
  var isSameValues = true
  var squares = 0.0
  var differences = 0.0
  var largest = 0.0

  var error: Double {
    if squares > 0 { return (differences / squares).squareRoot() }
    return differences > 0 ? .infinity : differences.isNaN ? .nan : 0
  }

  mutating func add(_ other: PairSums) {
    isSameBytes = isSameBytes && other.isSameBytes
    isSameValues = isSameValues && other.isSameValues
    squares += other.squares
    differences += other.differences
    largest = max(largest, other.largest)
  }
}

/// Reads the same rows of two tensors.
struct PairReader: Sendable {
  let left: any TensorPayload
  let right: any TensorPayload
  let rowCount: Int
  let rowLength: Int
  private let floats: (left: FloatRows, right: FloatRows)?
  private let isOneEncoding: Bool
  /// Whether only bytes can be compared.
  var isRaw: Bool { floats == nil }

  /// Nil where the two have no rows in common.
  init?(_ left: Tensor, _ right: Tensor) {
    let (own, other) = (left.layout, right.layout)
    isOneEncoding =
      own.encoding == other.encoding
      || (own.isOpaque && other.isOpaque && own.encoding.ggufType == other.encoding.ggufType)
    if let first = left.values, let second = right.values {
      floats = (first, second)
    } else {
      floats = nil
    }
    guard Shapes.flattened(own.shape) == Shapes.flattened(other.shape),
      own.rowCount == other.rowCount, own.rowLength == other.rowLength,
      floats != nil || (isOneEncoding && own.byteCount == other.byteCount)
    else { return nil }
    self.left = left.payload
    self.right = right.payload
    rowCount = own.rowCount
    rowLength = own.rowLength
  }

  /// Bytes where the encodings are one, values where they differ.
  func compare(
    _ rows: Range<Int>, _ scratch: inout PayloadScratch
  ) throws(FormatError) -> PairSums {
    var sums = PairSums()
    let own = try left.borrow(rows: rows, from: &scratch)
    let other = try right.borrow(rows: rows, from: &scratch)
    defer {
      scratch.give(own)
      scratch.give(other)
    }
    let size = rows.count * left.layout.bytesPerRow
    if isOneEncoding {
      sums.isSameBytes = unsafe own.withUnsafeBytes { own in
        unsafe other.withUnsafeBytes { other in
          unsafe own.prefix(size).elementsEqual(other.prefix(size))
        }
      }
      if sums.isSameBytes, isRaw { return sums }
    } else {
      sums.isSameBytes = false
    }
    guard let floats else { return sums }
    let count = rows.count * rowLength
    var values = scratch.takeFloats(count)
    defer { scratch.give(values) }
    var span = values.mutableSpan
    var first = span._mutatingExtracting(0..<count)
    floats.left.decode(own, rows: 0..<rows.count, into: &first)
    if sums.isSameBytes {
      for index in 0..<count { sums.squares += Double(values[index]) * Double(values[index]) }
      return sums
    }
    var others = scratch.takeFloats(count)
    defer { scratch.give(others) }
    var target = others.mutableSpan
    var second = target._mutatingExtracting(0..<count)
    floats.right.decode(other, rows: 0..<rows.count, into: &second)
    sums.add(values, others, count)
    return sums
  }
}

extension PairSums {
  fileprivate mutating func add(_ values: [Float], _ others: [Float], _ count: Int) {
    for index in 0..<count {
      let (value, other) = (values[index], others[index])
      squares += Double(value) * Double(value)
      if value == other || (value.isNaN && other.isNaN) { continue }
      isSameValues = false
      let difference = Double(value) - Double(other)
      differences += difference * difference
      largest = max(largest, difference.magnitude)
    }
  }
}
