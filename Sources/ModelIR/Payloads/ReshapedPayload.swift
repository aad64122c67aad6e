package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// The same bytes under another shape.
package struct ReshapedPayload: TensorPayload {
  package let layout: TensorLayout
  private let base: any TensorPayload

  /// Nil where the shape has another number of elements or its rows do not hold whole blocks.
  package init?(_ base: any TensorPayload, _ dimensions: [Int]) {
    guard !base.layout.isOpaque, let shape = TensorShape(dimensions),
      shape.elementCount == base.layout.shape.elementCount,
      let layout = TensorLayout(shape, base.layout.encoding),
      layout.byteCount == base.layout.byteCount
    else { return nil }
    self.layout = layout
    self.base = base
  }

  package var step: PayloadStep { .reshaped }
  package var parts: [any TensorPayload] { [base] }
  package var span: SourceSpan? { base.span }

  package func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    try base.heldCodes(in: encoding).arranged { ReshapedPayload($0, layout.shape.dimensions) }
  }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let row = base.layout.bytesPerRow
    guard row != layout.bytesPerRow else {
      return try base.read(rows: rows, into: &buffer, scratch: &scratch)
    }
    guard row > 0, !rows.isEmpty else { return }
    let start = rows.lowerBound * layout.bytesPerRow
    let end = rows.upperBound * layout.bytesPerRow
    let first = start / row
    let last = (end + row - 1) / row
    if first * row == start, last * row == end {
      return try base.read(rows: first..<last, into: &buffer, scratch: &scratch)
    }
    let bytes = try base.borrow(rows: first..<last, from: &scratch)
    buffer.copy(bytes, start - first * row..<end - first * row, to: 0)
    scratch.give(bytes)
  }
}
