package import WeighbridgeEncodings

/// The dimensions of a tensor, outermost first as in PyTorch and NumPy, with a proven product.
package struct TensorShape: Hashable, Sendable {
  /// The dimensions, outermost first; none for a scalar.
  package let dimensions: [Int]
  /// Their product; 1 for a scalar.
  package let elementCount: Int

  /// Proves that no dimension is negative and that the product fits.
  package init?(_ dimensions: [Int]) {
    var product = 1
    for dimension in dimensions {
      guard dimension >= 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard !overflow else { return nil }
      product = next
    }
    self.dimensions = dimensions
    self.elementCount = product
  }

  /// The innermost dimension: the elements of one row.
  ///
  /// 1 for a scalar.
  package var rowLength: Int { dimensions.last ?? 1 }

  /// The product of all outer dimensions; 0 for a tensor without elements, whatever these are: loops
  /// over rows must not run as often as a file of 90 bytes says.
  package var rowCount: Int { elementCount == 0 ? 0 : dimensions.dropLast().reduce(1, *) }
}

extension TensorShape: CustomStringConvertible {
  /// `[1024, 256]`.
  package var description: String { "\(dimensions)" }
}

/// How a tensor's elements lie in its bytes: whole blocks per row, one row after another.
///
/// Two kinds of tensor have no rows of whole blocks and count as a single row: those whose encoding is
/// unknown here (only their total size is), and sub-byte safetensors whose rows end inside a byte.
package struct TensorLayout: Hashable, Sendable {
  /// The dimensions.
  package let shape: TensorShape
  /// The encoding of every row.
  package let encoding: Encoding
  /// Rows that can be read on their own.
  package let rowCount: Int
  /// Elements of such a row.
  package let rowLength: Int
  /// Bytes of such a row.
  package let bytesPerRow: Int
  /// Bytes of the whole tensor.
  package let byteCount: UInt64
  /// Whether only the size is known, so that the bytes can be copied and hashed but not decoded.
  package let isOpaque: Bool

  /// Proves that rows hold whole blocks (or that the whole does) and that the size fits.
  package init?(_ shape: TensorShape, _ encoding: Encoding) {
    var rows = shape.rowCount
    var length = shape.rowLength
    if length % encoding.elementsPerBlock != 0 {
      guard encoding.ggufType == nil, shape.elementCount % encoding.elementsPerBlock == 0 else {
        return nil
      }
      rows = 1
      length = shape.elementCount
    }
    let (bytes, overflow) = (length / encoding.elementsPerBlock)
      .multipliedReportingOverflow(by: encoding.bytesPerBlock)
    guard !overflow else { return nil }
    let (total, overflowed) = bytes.multipliedReportingOverflow(by: rows)
    guard !overflowed else { return nil }
    self.shape = shape
    self.encoding = encoding
    self.rowCount = rows
    self.rowLength = length
    self.bytesPerRow = bytes
    self.byteCount = UInt64(total)
    self.isOpaque = false
  }

  /// A tensor of an unknown encoding: `byteCount` bytes that nobody here can decode.
  package init?(opaque shape: TensorShape, named name: String, ggufType: UInt32, byteCount: UInt64)
  {
    guard let size = Int(exactly: byteCount) else { return nil }
    self.shape = shape
    self.encoding = .opaque(
      name, ggufType: ggufType, elements: max(shape.elementCount, 1), bytes: size)
    self.rowCount = 1
    self.rowLength = shape.elementCount
    self.bytesPerRow = size
    self.byteCount = byteCount
    self.isOpaque = true
  }
}
