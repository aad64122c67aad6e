package import WeighbridgeByteIO

/// Rows as they lie in a source.
package struct SourcePayload: TensorPayload {
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

  package var step: PayloadStep { .stored }
  package var span: SourceSpan? { SourceSpan(source: source, extent: extent) }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    precondition(buffer.byteCount == rows.count * layout.bytesPerRow)
    let offset = extent.offset + UInt64(rows.lowerBound) * UInt64(layout.bytesPerRow)
    do { try source.read(at: offset, into: &buffer) } catch { throw FormatError(error) }
  }
}
