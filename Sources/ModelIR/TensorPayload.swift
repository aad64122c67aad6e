public import ByteIO

/// A tensor's bytes, produced on demand, a range of rows at a time.
///
/// A recipe: it holds no tensor data.
///
/// Payloads can be read more than once, in any order and from any thread; the same rows always give
/// the same bytes.
public protocol TensorPayload: Sendable {
  /// The layout of what `read` produces.
  var layout: TensorLayout { get }
  /// Produces rows. `buffer.byteCount` is `rows.count × layout.bytesPerRow`, and `rows` lies within
  /// `0..<layout.rowCount`; anything else is a bug of the caller and traps.
  func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError)
}

extension TensorPayload {
  /// Produces rows into a new array.
  public func readBytes(rows: Range<Int>) throws(FormatError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: rows.count * layout.bytesPerRow)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    try read(rows: rows, into: &raw)
    return bytes
  }
}

/// Rows as they lie in a source.
public struct SourcePayload: TensorPayload {
  /// The layout of what `read` produces.
  public let layout: TensorLayout
  /// The file.
  public let source: any ByteSource
  /// Where in the file.
  public let extent: ByteExtent

  /// Binds a layout to its bytes; nil unless the extent has exactly the layout's size.
  public init?(_ layout: TensorLayout, in source: any ByteSource, _ extent: ByteExtent) {
    guard extent.byteCount == layout.byteCount else { return nil }
    self.layout = layout
    self.source = source
    self.extent = extent
  }

  /// Produces rows; see `TensorPayload`.
  public func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let offset = extent.offset + UInt64(rows.lowerBound) * UInt64(layout.bytesPerRow)
    do { try source.read(at: offset, into: &buffer) } catch { throw FormatError(error) }
  }
}
