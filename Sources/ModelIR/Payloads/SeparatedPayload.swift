package import WeighbridgeByteIO
internal import WeighbridgeEncodings

/// Rows that were interleaved for certain CPUs, one after another again (ENC-60).
///
/// Exact. Every requested range reads the groups of rows it touches.
package struct SeparatedPayload: TensorPayload {
  package let layout: TensorLayout
  private let base: any TensorPayload
  private let interleaving: Interleaving

  /// Bytes that are read at once, at least one group of rows.
  private static let pieceBytes = 1 << 20

  /// Nil where the rows are not interleaved, or a matrix is not of whole groups.
  package init?(_ base: any TensorPayload) {
    let source = base.layout
    let rowsOfMatrix = source.shape.dimensions.dropLast().last ?? 1
    guard
      let interleaving = source.encoding.interleaving,
      rowsOfMatrix % interleaving.rows == 0,
      let layout = TensorLayout(source.shape, interleaving.base),
      layout.byteCount == source.byteCount
    else { return nil }
    self.layout = layout
    self.base = base
    self.interleaving = interleaving
  }

  package var step: PayloadStep { .separated }
  package var parts: [any TensorPayload] { [base] }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let group = interleaving.rows
    let width = layout.bytesPerRow
    let step = max(1, Self.pieceBytes / max(1, width * group)) * group
    var start = rows.lowerBound / group * group
    while start < rows.upperBound {
      let end = min(start + step, (rows.upperBound + group - 1) / group * group)
      let mixed = try base.borrow(rows: start..<end, from: &scratch)
      var separated = scratch.takeBytes(group * width)
      for first in stride(from: start, to: end, by: group) {
        let wanted = rows.clamped(to: first..<first + group)
        let from = (first - start) * width
        var span = separated.mutableSpan
        var all = unsafe span.mutableBytes
        var target = all._mutatingExtracting(0..<group * width)
        let source = unsafe mixed.span.bytes.extracting(from..<from + group * width)
        guard interleaving.separate(source, into: &target) else {
          preconditionFailure("groups of another size")
        }
        let offset = (wanted.lowerBound - first) * width
        buffer.copy(
          separated, offset..<offset + wanted.count * width,
          to: (wanted.lowerBound - rows.lowerBound) * width)
      }
      scratch.give(separated)
      scratch.give(mixed)
      start = end
    }
  }
}
