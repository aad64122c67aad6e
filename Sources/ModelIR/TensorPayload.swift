package import WeighbridgeByteIO
package import WeighbridgeEncodings

/// A tensor's bytes, produced on demand, a range of rows at a time.
///
/// A recipe: it holds no tensor data. Payloads can be read more than once, in any order and from any
/// thread; the same rows always give the same bytes. What an executor or a planner needs to know of
/// one it asks for (`stored`, `steps`, `cost`, `span`); nobody looks behind it with `as?`.
package protocol TensorPayload: Sendable {
  /// The layout of what `read` produces.
  var layout: TensorLayout { get }
  /// What this payload does to the rows of its parts.
  var step: PayloadStep { get }
  /// The payloads that it reads; none where the bytes come from a file or from memory.
  var parts: [any TensorPayload] { get }
  /// The bytes themselves, where they lie in a file exactly as `read` produces them.
  var span: SourceSpan? { get }

  /// The integers that the numbers are stored in, put into blocks of `encoding`, or of the smallest
  /// that holds them.
  ///
  /// Reads the scales, and no more, to know what rounding them costs.
  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes

  /// Produces rows. `buffer.byteCount` is `rows.count × layout.bytesPerRow`, and `rows` lies within
  /// `0..<layout.rowCount`; anything else is a bug of the caller and traps.
  ///
  /// Every buffer in between is borrowed from `scratch`, which belongs to one thread: a worker keeps
  /// one, and its chunks cost no allocation.
  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError)
}

/// Bytes of a file.
package struct SourceSpan: Sendable {
  /// The file.
  package let source: any ByteSource
  /// Where in the file.
  package let extent: ByteExtent
}

extension TensorPayload {
  package var parts: [any TensorPayload] { [] }
  package var span: SourceSpan? { nil }
  package func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes { .none }

  /// Produces rows with buffers of its own; for single reads.
  package func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    var scratch = PayloadScratch()
    try read(rows: rows, into: &buffer, scratch: &scratch)
  }

  /// Cuts rows into pieces of at most `elements` elements, one row at least, and the buffer with them.
  package func forPieces(
    of rows: Range<Int>, elements: Int, in buffer: inout MutableRawSpan,
    _ body: (Range<Int>, inout MutableRawSpan) throws(FormatError) -> Void
  ) throws(FormatError) {
    let step = max(1, elements / max(1, layout.rowLength))
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
      let piece = start..<min(start + step, rows.upperBound)
      let first = (start - rows.lowerBound) * layout.bytesPerRow
      var target = buffer._mutatingExtracting(first..<first + piece.count * layout.bytesPerRow)
      try body(piece, &target)
    }
  }

  /// Produces rows into a new array.
  package func readBytes(rows: Range<Int>) throws(FormatError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: rows.count * layout.bytesPerRow)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    try read(rows: rows, into: &raw)
    return bytes
  }

  /// Produces rows into the first bytes of a borrowed buffer; give it back afterwards.
  package func borrow(
    rows: Range<Int>, from scratch: inout PayloadScratch
  ) throws(FormatError) -> [UInt8] {
    let count = rows.count * layout.bytesPerRow
    var bytes = scratch.takeBytes(count)
    var span = bytes.mutableSpan
    var all = unsafe span.mutableBytes
    var raw = all._mutatingExtracting(0..<count)
    try read(rows: rows, into: &raw, scratch: &scratch)
    return bytes
  }
}
