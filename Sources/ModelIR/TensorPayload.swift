package import WeighbridgeByteIO

/// A tensor's bytes, produced on demand, a range of rows at a time.
///
/// A recipe: it holds no tensor data.
///
/// Payloads can be read more than once, in any order and from any thread; the same rows always give
/// the same bytes.
package protocol TensorPayload: Sendable {
  /// The layout of what `read` produces.
  var layout: TensorLayout { get }
  /// Produces rows. `buffer.byteCount` is `rows.count × layout.bytesPerRow`, and `rows` lies within
  /// `0..<layout.rowCount`; anything else is a bug of the caller and traps.
  func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError)
}

extension TensorPayload {
  /// Produces rows into a new array.
  package func readBytes(rows: Range<Int>) throws(FormatError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: rows.count * layout.bytesPerRow)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    try read(rows: rows, into: &raw)
    return bytes
  }
}

/// Rows as they lie in a source.
package struct SourcePayload: TensorPayload {
  /// The layout of what `read` produces.
  package let layout: TensorLayout
  /// The file.
  package let source: any ByteSource
  /// Where in the file.
  package let extent: ByteExtent

  /// Binds a layout to its bytes; nil unless the extent has exactly the layout's size.
  package init?(_ layout: TensorLayout, in source: any ByteSource, _ extent: ByteExtent) {
    guard extent.byteCount == layout.byteCount else { return nil }
    self.layout = layout
    self.source = source
    self.extent = extent
  }

  /// Produces rows; see `TensorPayload`.
  package func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let offset = extent.offset + UInt64(rows.lowerBound) * UInt64(layout.bytesPerRow)
    do { try source.read(at: offset, into: &buffer) } catch { throw FormatError(error) }
  }
}
