package import WeighbridgeByteIO
internal import WeighbridgeEncodings

/// A tensor that is held in memory.
package struct MemoryPayload: TensorPayload {
  package let layout: TensorLayout
  private let bytes: [UInt8]

  /// Floats in single precision and one dimension; nil where there are too many.
  package init?(_ floats: [Float]) {
    guard let shape = TensorShape([floats.count]), let layout = TensorLayout(shape, .f32)
    else { return nil }
    self.layout = layout
    self.bytes = floats.flatMap { value in
      let bits = value.bitPattern
      return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
    }
  }

  /// The bytes of a whole tensor; nil where their number is not the layout's.
  package init?(_ layout: TensorLayout, _ bytes: [UInt8]) {
    guard UInt64(bytes.count) == layout.byteCount else { return nil }
    self.layout = layout
    self.bytes = bytes
  }

  package var step: PayloadStep { .held }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard !rows.isEmpty else { return }
    let size = layout.bytesPerRow
    buffer.copy(bytes, rows.lowerBound * size..<rows.upperBound * size, to: 0)
  }
}
