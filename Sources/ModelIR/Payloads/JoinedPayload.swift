package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// Tensors of one encoding, joined along their first dimension or their last.
///
/// Memory is the caller's buffer, and 1 MiB of one part where rows are made of pieces.
package struct JoinedPayload: TensorPayload {
  /// How the parts follow each other.
  package enum Axis: Hashable, Sendable {
    /// One behind the other: all rows of the first part, then those of the second.
    case rows
    /// Side by side: each row is made of a row of every part.
    case columns
  }

  package let layout: TensorLayout
  package let parts: [any TensorPayload]
  private let axis: Axis

  private static let pieceBytes = 1 << 20

  /// Nil where the parts differ in their encoding or in more than the joined dimension.
  package init?(_ parts: [any TensorPayload], along axis: Axis) {
    guard let first = parts.first?.layout, !first.isOpaque, !first.shape.dimensions.isEmpty
    else { return nil }
    let index = axis == .columns ? first.shape.dimensions.count - 1 : 0
    var joined = first.shape.dimensions
    joined[index] = 0
    for part in parts {
      var dimensions = part.layout.shape.dimensions
      guard part.layout.encoding == first.encoding, !part.layout.isOpaque,
        dimensions.count == joined.count, part.layout.rowCount == part.layout.shape.rowCount
      else { return nil }
      let (sum, overflow) = joined[index].addingReportingOverflow(dimensions[index])
      dimensions[index] = joined[index]
      guard !overflow, dimensions == joined else { return nil }
      joined[index] = sum
    }
    guard let shape = TensorShape(joined), let layout = TensorLayout(shape, first.encoding),
      layout.rowCount == shape.rowCount
    else { return nil }
    self.layout = layout
    self.parts = parts
    // The rows of one dimension are its elements: end to end, they are one row.
    self.axis = joined.count == 1 ? .columns : axis
  }

  package var step: PayloadStep { .joined }

  package func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    try .together(parts, encoding, isStack: false) { JoinedPayload($0, along: axis) }
  }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    switch axis {
    case .rows: try readRows(rows, into: &buffer, &scratch)
    case .columns: try readColumns(rows, into: &buffer, &scratch)
    }
  }

  private func readRows(
    _ rows: Range<Int>, into buffer: inout MutableRawSpan, _ scratch: inout PayloadScratch
  ) throws(FormatError) {
    var first = 0
    for part in parts {
      let own = rows.clamped(to: first..<first + part.layout.rowCount)
      if !own.isEmpty {
        let start = (own.lowerBound - rows.lowerBound) * layout.bytesPerRow
        var target = buffer._mutatingExtracting(start..<start + own.count * layout.bytesPerRow)
        try part.read(
          rows: own.lowerBound - first..<own.upperBound - first, into: &target, scratch: &scratch)
      }
      first += part.layout.rowCount
    }
  }

  private func readColumns(
    _ rows: Range<Int>, into buffer: inout MutableRawSpan, _ scratch: inout PayloadScratch
  ) throws(FormatError) {
    var column = 0
    for part in parts {
      let width = part.layout.bytesPerRow
      let step = max(1, Self.pieceBytes / max(1, width))
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
        let piece = first..<min(first + step, rows.upperBound)
        let bytes = try part.borrow(rows: piece, from: &scratch)
        let start = (first - rows.lowerBound) * layout.bytesPerRow + column
        for row in 0..<piece.count {
          buffer.copy(bytes, row * width..<(row + 1) * width, to: start + row * layout.bytesPerRow)
        }
        scratch.give(bytes)
      }
      column += width
    }
  }
}
