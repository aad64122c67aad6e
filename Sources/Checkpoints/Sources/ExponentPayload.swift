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
    guard [.u8, .f8_E8M0].contains(base.layout.encoding),
      let layout = TensorLayout(base.layout.shape, .f32)
    else { return nil }
    self.layout = layout
    self.base = base
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { [base] }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let bytes = try base.borrow(rows: rows, from: &scratch)
    defer { scratch.give(bytes) }
    let count = rows.count * layout.rowLength
    var floats = scratch.takeFloats(count)
    defer { scratch.give(floats) }
    for index in 0..<count {
      let byte = bytes[index]
      // 255 is NaN; 0 is half the smallest normal number.
      floats[index] =
        byte == 255
        ? Float.nan
        : byte == 0 ? Float(bitPattern: 0x40_0000) : Float(bitPattern: UInt32(byte) << 23)
    }
    floats.span.extracting(0..<count).store(into: &buffer)
  }
}
