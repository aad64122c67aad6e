internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Pieces of one tensor, joined along its first dimension or its last.
struct JoinedPayload: TensorPayload {
  /// Bytes of a piece that are held at once, where rows are made of pieces.
  private static let chunkBytes = 1 << 20

  let layout: TensorLayout
  private let pieces: [any TensorPayload]
  private let byColumns: Bool

  /// Nil where the pieces differ in more than the joined dimension.
  init?(_ pieces: [any TensorPayload], byColumns: Bool) {
    guard let first = pieces.first?.layout, !first.shape.dimensions.isEmpty else { return nil }
    let axis = byColumns ? first.shape.dimensions.count - 1 : 0
    var joined = first.shape.dimensions
    joined[axis] = 0
    for piece in pieces {
      var dimensions = piece.layout.shape.dimensions
      guard piece.layout.encoding == first.encoding, dimensions.count == joined.count else {
        return nil
      }
      let (sum, overflow) = joined[axis].addingReportingOverflow(dimensions[axis])
      guard !overflow else { return nil }
      dimensions[axis] = joined[axis]
      guard dimensions == joined else { return nil }
      joined[axis] = sum
    }
    // The rows of one dimension are its elements: joined end to end, they are one row.
    guard joined.count > 1, let shape = TensorShape(joined),
      let layout = TensorLayout(shape, first.encoding)
    else { return nil }
    self.layout = layout
    self.pieces = pieces
    self.byColumns = byColumns
  }

  func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    if byColumns {
      try readColumns(rows, into: &buffer)
    } else {
      try readRows(rows, into: &buffer)
    }
  }

  private func readRows(
    _ rows: Range<Int>, into buffer: inout MutableRawSpan
  ) throws(FormatError) {
    var start = 0
    for piece in pieces {
      let end = start + piece.layout.rowCount
      let wanted = rows.clamped(to: start..<end)
      if !wanted.isEmpty {
        let first = (wanted.lowerBound - rows.lowerBound) * layout.bytesPerRow
        var part = buffer._mutatingExtracting(first..<first + wanted.count * layout.bytesPerRow)
        try piece.read(rows: wanted.lowerBound - start..<wanted.upperBound - start, into: &part)
      }
      start = end
    }
  }

  private func readColumns(
    _ rows: Range<Int>, into buffer: inout MutableRawSpan
  ) throws(FormatError) {
    var scratch: [UInt8] = []
    var column = 0
    for piece in pieces {
      let width = piece.layout.bytesPerRow
      let step = max(1, Self.chunkBytes / max(width, 1))
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
        let chunk = first..<min(first + step, rows.upperBound)
        if scratch.count < chunk.count * width {
          scratch = [UInt8](repeating: 0, count: chunk.count * width)
        }
        var span = scratch.mutableSpan
        var all = unsafe span.mutableBytes
        var part = all._mutatingExtracting(0..<chunk.count * width)
        try piece.read(rows: chunk, into: &part)
        unsafe part.withUnsafeMutableBytes { from in
          unsafe buffer.withUnsafeMutableBytes { into in
            for row in 0..<chunk.count {
              let target = (first - rows.lowerBound + row) * layout.bytesPerRow + column
              unsafe UnsafeMutableRawBufferPointer(rebasing: into[target..<target + width])
                .copyMemory(
                  from: UnsafeRawBufferPointer(
                    rebasing: from[row * width..<(row + 1) * width]))
            }
          }
        }
      }
      column += width
    }
  }
}
