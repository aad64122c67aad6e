internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Bytes as the powers of two that they stand for, 2^(byte − 127): the scales of MXFP4.
struct ExponentPayload: TensorPayload {
  /// The layout of what `read` produces: F32.
  let layout: TensorLayout
  private let base: any TensorPayload

  /// Nil where the tensor does not hold bytes.
  init?(_ base: any TensorPayload) {
    guard ["U8", "F8_E8M0"].contains(base.layout.encoding.name),
      let layout = TensorLayout(base.layout.shape, F32.traits)
    else { return nil }
    self.layout = layout
    self.base = base
  }

  /// Produces rows; see `TensorPayload`.
  func read(rows: Range<Int>, into buffer: inout MutableRawSpan) throws(FormatError) {
    let floats = try base.readBytes(rows: rows).map { byte in
      // 255 is NaN; 0 is half the smallest normal number.
      byte == 255
        ? Float.nan
        : byte == 0 ? Float(bitPattern: 0x40_0000) : Float(bitPattern: UInt32(byte) << 23)
    }
    F32.encodeRows(
      floats.span, rowLength: layout.rowLength, importance: nil, into: &buffer)
  }
}
