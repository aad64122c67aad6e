internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Some columns of a matrix of plain numbers.
///
/// Matrices of inputs by outputs are read by outputs: where the bytes lie in a file, only those of the
/// columns are read, a piece a row, so that a tensor that is read in many parts is read once.
struct ColumnsPayload: TensorPayload {
  let layout: TensorLayout
  private let base: any TensorPayload
  private let bytes: Range<Int>

  /// Nil where the columns are not the matrix's, or its numbers are in blocks.
  init?(_ base: any TensorPayload, _ columns: Range<Int>) {
    let source = base.layout
    guard !source.isOpaque, source.encoding.elementsPerBlock == 1, columns.lowerBound >= 0,
      columns.upperBound <= source.rowLength, source.rowCount == source.shape.rowCount,
      let shape = TensorShape([source.rowCount, columns.count]),
      let layout = TensorLayout(shape, source.encoding)
    else { return nil }
    self.layout = layout
    self.base = base
    let size = source.encoding.bytesPerBlock
    self.bytes = columns.lowerBound * size..<columns.upperBound * size
  }

  var step: PayloadStep { .gathered }
  var parts: [any TensorPayload] { [base] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let stride = base.layout.bytesPerRow
    let width = bytes.count
    // Below a page a piece costs more than the bytes beside it.
    if let span = base.span, width >= 256, width <= stride / 2 {
      for row in rows {
        let offset = span.extent.offset + UInt64(row) * UInt64(stride) + UInt64(bytes.lowerBound)
        let start = (row - rows.lowerBound) * width
        var target = buffer._mutatingExtracting(start..<start + width)
        do { try span.source.read(at: offset, into: &target) } catch { throw FormatError(error) }
      }
      return
    }
    let whole = try base.borrow(rows: rows, from: &scratch)
    for row in 0..<rows.count {
      let start = row * stride + bytes.lowerBound
      buffer.copy(whole, start..<start + width, to: row * width)
    }
    scratch.give(whole)
  }
}
