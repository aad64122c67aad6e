package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// Rows of another payload in another order, or some of them.
///
/// A tensor of one dimension counts by elements instead of rows. Memory is the requested part of the
/// source, at most a few MiB at a time.
package struct ArrangedPayload: TensorPayload {
  package let layout: TensorLayout
  private let base: any TensorPayload
  private let sources: @Sendable (Range<Int>) -> [Int]
  private let unitBytes: Int
  private let countsElements: Bool

  /// Bytes that are gathered at once.
  private static let pieceBytes = 1 << 20

  /// Nil where the arrangement is not one of the payload's rows.
  package init?(_ base: any TensorPayload, _ arrangement: RowArrangement) {
    let source = base.layout
    let dimensions = source.shape.dimensions
    let counts = dimensions.count <= 1
    let units = counts ? source.shape.elementCount : source.rowCount
    guard !source.isOpaque, arrangement.covers(units),
      counts ? source.encoding.elementsPerBlock == 1 : source.rowCount == source.shape.rowCount
    else { return nil }
    let count = arrangement.count
    var outer = arrangement.shape ?? [count]
    if arrangement.shape == nil, !counts, count == units { outer = Array(dimensions.dropLast()) }
    guard Self.product(outer) == count,
      let shape = TensorShape(counts ? outer : outer + [source.shape.rowLength]),
      let layout = TensorLayout(shape, source.encoding)
    else { return nil }
    self.layout = layout
    self.base = base
    self.sources = { arrangement.sources(of: $0) }
    self.countsElements = counts
    self.unitBytes = counts ? source.encoding.bytesPerBlock : source.bytesPerRow
  }

  /// Every row once, each from the place that a table names; nil where the shape has not as many.
  package init?(_ base: any TensorPayload, table: [Int32], shape dimensions: [Int]) {
    let source = base.layout
    let counts = source.shape.dimensions.count <= 1
    let units = counts ? source.shape.elementCount : source.rowCount
    guard !source.isOpaque, table.count == units, let shape = TensorShape(dimensions),
      shape.elementCount == source.shape.elementCount,
      counts ? source.encoding.elementsPerBlock == 1 : shape.rowLength == source.rowLength,
      counts == (dimensions.count <= 1), let layout = TensorLayout(shape, source.encoding)
    else { return nil }
    self.layout = layout
    self.base = base
    self.sources = { range in table[range].map { Int($0) } }
    self.countsElements = counts
    self.unitBytes = counts ? source.encoding.bytesPerBlock : source.bytesPerRow
  }

  /// The same order of the rows of another payload, which has as many; nil where a row is not whole
  /// there.
  private init?(_ base: any TensorPayload, like other: ArrangedPayload) {
    guard !other.countsElements, base.layout.rowCount == other.base.layout.rowCount,
      base.layout.rowLength == other.base.layout.rowLength, !base.layout.isOpaque,
      let layout = TensorLayout(other.layout.shape, base.layout.encoding),
      layout.rowCount == other.layout.rowCount
    else { return nil }
    self.layout = layout
    self.base = base
    self.sources = other.sources
    self.countsElements = false
    self.unitBytes = base.layout.bytesPerRow
  }

  package func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    try base.heldCodes(in: encoding).arranged { ArrangedPayload($0, like: self) }
  }

  private static func product(_ values: [Int]) -> Int? {
    TensorShape(values)?.elementCount
  }

  package var step: PayloadStep { .arranged }
  package var parts: [any TensorPayload] { [base] }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let perRow = countsElements ? layout.rowLength : 1
    let units = rows.lowerBound * perRow..<rows.upperBound * perRow
    let step = max(1, Self.pieceBytes / max(1, unitBytes))
    // A tensor of one dimension is one row: elements are picked from the whole.
    let whole =
      countsElements ? try base.borrow(rows: 0..<base.layout.rowCount, from: &scratch) : []
    defer { if countsElements { scratch.give(whole) } }
    var start = units.lowerBound
    while start < units.upperBound {
      let end = min(start + step, units.upperBound)
      let first = (start - units.lowerBound) * unitBytes
      var target = buffer._mutatingExtracting(first..<first + (end - start) * unitBytes)
      let sources = sources(start..<end)
      if countsElements {
        gather(sources, from: whole, base: 0, into: &target)
      } else {
        try read(sources, into: &target, &scratch)
      }
      start = end
    }
  }

  /// Reads the span of rows that holds all, where it is not much larger; else run after run.
  private func read(
    _ sources: [Int], into target: inout MutableRawSpan, _ scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard let low = sources.min(), let high = sources.max() else { return }
    let span = high + 1 - low
    if span <= 4 * sources.count {
      let bytes = try base.borrow(rows: low..<high + 1, from: &scratch)
      gather(sources, from: bytes, base: low, into: &target)
      return scratch.give(bytes)
    }
    var index = 0
    while index < sources.count {
      var end = index + 1
      while end < sources.count, sources[end] == sources[end - 1] + 1 { end += 1 }
      var part = target._mutatingExtracting(index * unitBytes..<end * unitBytes)
      try base.read(rows: sources[index]..<sources[end - 1] + 1, into: &part, scratch: &scratch)
      index = end
    }
  }

  private func gather(
    _ sources: [Int], from bytes: [UInt8], base: Int, into target: inout MutableRawSpan
  ) {
    unsafe target.withUnsafeMutableBytes { output in
      unsafe bytes.withUnsafeBytes { input in
        for (index, source) in sources.enumerated() {
          let from = (source - base) * unitBytes
          unsafe UnsafeMutableRawBufferPointer(
            rebasing: output[index * unitBytes..<(index + 1) * unitBytes]
          ).copyMemory(from: UnsafeRawBufferPointer(rebasing: input[from..<from + unitBytes]))
        }
      }
    }
  }
}
