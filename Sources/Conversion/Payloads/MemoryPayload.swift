package import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// A small tensor that is held in memory.
package struct MemoryPayload: TensorPayload {
  /// The layout of what `read` produces.
  package let layout: TensorLayout
  private let bytes: [UInt8]

  /// Floats in single precision and one dimension; nil where there are too many.
  package init?(_ floats: [Float]) {
    guard let shape = TensorShape([floats.count]), let layout = TensorLayout(shape, F32.traits)
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

  /// Produces rows; see `TensorPayload`.
  package func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    guard !rows.isEmpty else { return }
    let size = layout.bytesPerRow
    unsafe buffer.withUnsafeMutableBytes { output in
      unsafe bytes.withUnsafeBytes { all in
        unsafe output.copyMemory(
          from: UnsafeRawBufferPointer(
            rebasing: all[rows.lowerBound * size..<rows.upperBound * size]))
      }
    }
  }
}
