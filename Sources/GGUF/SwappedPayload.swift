package import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeModelIR

/// The bytes of a payload with the wide fields of every block in the other byte order.
///
/// A big-endian file is read through it, and written through it: the swap is its own inverse.
package struct SwappedPayload: TensorPayload {
  private let base: any TensorPayload
  private let fields: [Range<Int>]
  private let blockBytes: Int

  /// Wraps a payload; nil where nobody has defined the blocks of a big-endian file (GGUF-18).
  package init?(_ base: any TensorPayload) {
    guard !base.layout.isOpaque, let fields = base.layout.encoding.wideFields else { return nil }
    self.base = base
    self.fields = fields.filter { $0.count > 1 }
    self.blockBytes = base.layout.encoding.bytesPerBlock
  }

  /// The layout of what `read` produces.
  package var layout: TensorLayout { base.layout }

  package var step: PayloadStep { .swapped }
  package var parts: [any TensorPayload] { [base] }

  package func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    try base.read(rows: rows, into: &buffer, scratch: &scratch)
    unsafe buffer.withUnsafeMutableBytes { bytes in
      for field in fields {
        var start = field.lowerBound
        while start + field.count <= bytes.count {
          unsafe Self.swap(bytes, at: start, count: field.count)
          start += blockBytes
        }
      }
    }
  }

  private static func swap(_ bytes: UnsafeMutableRawBufferPointer, at start: Int, count: Int) {
    switch count {
    case 2: unsafe swap(UInt16.self, bytes, at: start)
    case 4: unsafe swap(UInt32.self, bytes, at: start)
    case 8: unsafe swap(UInt64.self, bytes, at: start)
    default: unsafe bytes[start..<start + count].reverse()
    }
  }

  private static func swap<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ bytes: UnsafeMutableRawBufferPointer, at start: Int
  ) {
    let value = unsafe bytes.loadUnaligned(fromByteOffset: start, as: T.self)
    unsafe bytes.storeBytes(of: value.byteSwapped, toByteOffset: start, as: T.self)
  }
}
