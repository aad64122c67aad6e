package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// The same bytes under another shape.
package struct ReshapedPayload: TensorPayload {
  /// The layout of what `read` produces.
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

  /// Produces rows; see `TensorPayload`.
  package func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    let row = base.layout.bytesPerRow
    guard row != layout.bytesPerRow else { return try base.read(rows: rows, into: &buffer) }
    guard row > 0, !rows.isEmpty else { return }
    let start = rows.lowerBound * layout.bytesPerRow
    let end = rows.upperBound * layout.bytesPerRow
    let first = start / row
    let last = (end + row - 1) / row
    if first * row == start, last * row == end {
      return try base.read(rows: first..<last, into: &buffer)
    }
    let bytes = try base.readBytes(rows: first..<last)
    unsafe buffer.withUnsafeMutableBytes { output in
      unsafe bytes.withUnsafeBytes { input in
        unsafe output.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: input[start - first * row..<end - first * row]))
      }
    }
  }
}
