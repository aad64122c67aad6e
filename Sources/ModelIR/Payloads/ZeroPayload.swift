package import WeighbridgeByteIO

/// Zeros of any layout: a tensor whose place is laid out before its bytes are known.
package struct ZeroPayload: TensorPayload {
  package let layout: TensorLayout

  /// Zeros of a layout.
  package init(_ layout: TensorLayout) { self.layout = layout }

  package var step: PayloadStep { .held }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
  }
}
