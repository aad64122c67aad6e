package import WeighbridgeByteIO
internal import WeighbridgeEncodings

/// A tensor with its last two dimensions exchanged.
///
/// Only for plain numbers. Every requested range reads the matrices it touches once, a few MiB at a
/// time, so ask for many rows at once.
package struct TransposedPayload: TensorPayload {
  package let layout: TensorLayout
  private let base: any TensorPayload
  /// Rows and columns of the source's matrices.
  private let rows: Int
  private let columns: Int

  private static let pieceBytes = 1 << 20

  /// Nil where the tensor has fewer than two dimensions or is stored in blocks.
  package init?(_ base: any TensorPayload) {
    var dimensions = base.layout.shape.dimensions
    guard dimensions.count >= 2, base.layout.encoding.elementsPerBlock == 1 else { return nil }
    dimensions.swapAt(dimensions.count - 1, dimensions.count - 2)
    guard let shape = TensorShape(dimensions),
      let layout = TensorLayout(shape, base.layout.encoding)
    else { return nil }
    self.layout = layout
    self.base = base
    self.rows = layout.rowLength
    self.columns = base.layout.rowLength
  }

  package var step: PayloadStep { .transposed }
  package var parts: [any TensorPayload] { [base] }

  package func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    var start = range.lowerBound
    while start < range.upperBound {
      let matrix = start / columns
      let end = min(range.upperBound, (matrix + 1) * columns)
      let first = (start - range.lowerBound) * layout.bytesPerRow
      var target = buffer._mutatingExtracting(
        first..<first + (end - start) * layout.bytesPerRow)
      try read(
        columns: start - matrix * columns..<end - matrix * columns, ofMatrix: matrix,
        into: &target, &scratch)
      start = end
    }
  }

  private func read(
    columns wanted: Range<Int>, ofMatrix matrix: Int, into target: inout MutableRawSpan,
    _ scratch: inout PayloadScratch
  ) throws(FormatError) {
    let size = layout.encoding.bytesPerBlock
    let step = max(1, Self.pieceBytes / max(1, columns * size))
    for start in stride(from: 0, to: rows, by: step) {
      let end = min(start + step, rows)
      let bytes = try base.borrow(
        rows: matrix * rows + start..<matrix * rows + end, from: &scratch)
      unsafe target.withUnsafeMutableBytes { output in
        unsafe bytes.withUnsafeBytes { input in
          for column in wanted {
            for row in start..<end {
              let from = ((row - start) * columns + column) * size
              let to = ((column - wanted.lowerBound) * rows + row) * size
              for byte in 0..<size { unsafe output[to + byte] = input[from + byte] }
            }
          }
        }
      }
      scratch.give(bytes)
    }
  }
}

extension TensorPayload {
  /// The last two dimensions exchanged; what was exchanged already is as it was before, so that blocks
  /// which a scheme turned for a class that turns them back are found again.
  package var transposed: (any TensorPayload)? {
    step == .transposed ? parts.first : TransposedPayload(self)
  }
}
