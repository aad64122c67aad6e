package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// Tensors of one layout, one behind the other along a new outermost dimension.
package struct StackedPayload: TensorPayload {
  package let layout: TensorLayout
  package let parts: [any TensorPayload]
  private let rowsPerPart: Int

  /// Nil where there is no part or their layouts differ.
  package init?(_ parts: [any TensorPayload]) {
    guard let first = parts.first?.layout, !first.isOpaque,
      parts.allSatisfy({ $0.layout == first }),
      let shape = TensorShape([parts.count] + first.shape.dimensions),
      let layout = TensorLayout(shape, first.encoding),
      layout.rowCount == first.rowCount * parts.count
    else { return nil }
    self.layout = layout
    self.parts = parts
    self.rowsPerPart = first.rowCount
  }

  package var step: PayloadStep { .stacked }

  package func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    try .together(parts, encoding, isStack: true) { StackedPayload($0) }
  }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    var start = rows.lowerBound
    while start < rows.upperBound {
      let part = start / rowsPerPart
      let end = min(rows.upperBound, (part + 1) * rowsPerPart)
      let first = (start - rows.lowerBound) * layout.bytesPerRow
      var target = buffer._mutatingExtracting(
        first..<first + (end - start) * layout.bytesPerRow)
      let offset = part * rowsPerPart
      try parts[part].read(
        rows: start - offset..<end - offset, into: &target, scratch: &scratch)
      start = end
    }
  }
}
