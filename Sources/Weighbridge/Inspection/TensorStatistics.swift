internal import Synchronization
package import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// Range, moments and oddities of one tensor's values.
public struct TensorStatistics: Sendable {
  package let name: ByteString
  /// The tensor; bytes of its name that are no UTF-8 are shown as U+FFFD.
  public var tensor: String { name.text }
  /// How it is encoded: `Q4_K`.
  public let encoding: String
  /// Whether its values could be read; all other figures are 0 or NaN where not.
  public let isDecoded: Bool
  /// Values that were read.
  public private(set) var count = 0
  private var lowest = Float.infinity
  private var highest = -Float.infinity
  /// Exact zeros among them.
  public private(set) var zeros = 0
  /// NaNs and infinities among them.
  public private(set) var nonFinite = 0
  private var sum = 0.0
  private var sumOfSquares = 0.0
  /// How the finite values are spread; nil where nobody asked.
  package private(set) var histogram: ValueHistogram?

  private init(_ tensor: Tensor, isDecoded: Bool, withHistogram: Bool) {
    name = tensor.name
    encoding = tensor.layout.encoding.name
    self.isDecoded = isDecoded
    if withHistogram { histogram = ValueHistogram() }
  }

  /// The smallest finite value; NaN where there is none.
  public var minimum: Float { finite == 0 ? .nan : lowest }
  /// The largest finite value; NaN where there is none.
  public var maximum: Float { finite == 0 ? .nan : highest }
  /// The mean of the finite values.
  public var mean: Double { finite == 0 ? 0 : sum / Double(finite) }
  /// The standard deviation of the finite values.
  public var deviation: Double {
    finite == 0 ? 0 : max(0, sumOfSquares / Double(finite) - mean * mean).squareRoot()
  }
  /// The share of exact zeros, from 0 to 1.
  public var zeroShare: Double { count == 0 ? 0 : Double(zeros) / Double(count) }
  private var finite: Int { count - nonFinite }

  private mutating func add(_ values: Span<Float>) {
    histogram?.add(values)
    for index in values.indices {
      let value = values[index]
      guard value.isFinite else {
        nonFinite += 1
        continue
      }
      lowest = min(lowest, value)
      highest = max(highest, value)
      if value == 0 { zeros += 1 }
      sum += Double(value)
      sumOfSquares += Double(value) * Double(value)
    }
    count += values.count
  }

  private mutating func merge(_ other: TensorStatistics) {
    count += other.count
    lowest = min(lowest, other.lowest)
    highest = max(highest, other.highest)
    zeros += other.zeros
    nonFinite += other.nonFinite
    sum += other.sum
    sumOfSquares += other.sumOfSquares
    if let more = other.histogram { histogram?.merge(more) }
  }

  /// Reads all tensors, a few megabytes at a time; a histogram is kept of those with a place in
  /// `histograms`.
  package static func measure(
    _ tensors: [Tensor], histograms: Set<Int> = [], workers: Int, progress: any ProgressObserver
  ) throws(FormatError) -> [TensorStatistics] {
    let results = Mutex(
      tensors.enumerated().map { index, tensor in
        TensorStatistics(
          tensor, isDecoded: tensor.values != nil,
          withHistogram: histograms.contains(index))
      })
    let plan = RowPieces(
      rows: tensors.map { $0.values == nil ? 0 : $0.layout.rowCount },
      steps: tensors.map { max(1, (1 << 20) / max(1, $0.layout.rowLength)) })
    progress.begin(
      "reading tensors", total: tensors.reduce(0) { $0 &+ $1.layout.byteCount }, unit: .bytes)
    defer { progress.end() }
    try Workers.run(plan.count, on: workers, scratch: { PayloadScratch() }) {
      (scratch: inout PayloadScratch, job: Int) throws(FormatError) in
      let (index, rows) = plan[job]
      guard let reader = tensors[index].values else { return }
      let floats = try reader.borrow(rows: rows, from: &scratch)
      var part = TensorStatistics(
        tensors[index], isDecoded: true, withHistogram: histograms.contains(index))
      part.add(floats.span.extracting(0..<rows.count * reader.rowLength))
      scratch.give(floats)
      results.withLock { $0[index].merge(part) }
      progress.advance(by: UInt64(rows.count * tensors[index].layout.bytesPerRow))
    }
    return results.withLock { $0 }
  }
}

extension OpenedModel {
  /// Reads tensors whole and computes what their values are like.
  ///
  /// - Parameters:
  ///   - selects: Which tensors, by name; all unless said otherwise.
  ///   - resources: How much of the machine is used; memory is a few megabytes a thread.
  /// - Returns: The figures, in the order of the file.
  /// - Throws: Where a file cannot be read.
  public func statistics(
    of selects: (String) -> Bool = { _ in true }, using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> [TensorStatistics] {
    let selected = model.tensors.filter { selects($0.name.text) }
    return try publicly {
      try TensorStatistics.measure(
        selected, workers: resources.threads, progress: resources.progress)
    }
  }
}
