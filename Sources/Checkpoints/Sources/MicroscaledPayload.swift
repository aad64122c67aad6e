internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Weights of E2M1 whose groups of 32 share a power of two, as floats or as the blocks that they are.
///
/// `codes` has two in a byte, the first in its lower half, whatever the bytes' words; `exponents` has a byte e for 2^(e − 127). Both
/// have the weight's leading dimensions. GGML's MXFP4 holds the same codes in another order.
struct MicroscaledPayload: TensorPayload {
  /// The layout of what `read` produces: F32.
  let layout: TensorLayout
  private let blocks: Blocks
  private let rows: FloatRows

  /// Nil where the bytes are not as many as a weight of this shape has.
  init?(codes: any TensorPayload, exponents: any TensorPayload, shape dimensions: [Int]) {
    guard let shape = TensorShape(dimensions),
      let blocks = Blocks(codes: codes, exponents: exponents, shape),
      let layout = TensorLayout(shape, .f32), let rows = FloatRows(blocks)
    else { return nil }
    self.layout = layout
    self.blocks = blocks
    self.rows = rows
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { blocks.parts }

  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    encoding == nil || encoding == .mxfp4
      ? .blocks(blocks, scaleError: 0)
      : .unheld("codes of E2M1 are those of MXFP4 alone", nearest: .mxfp4)
  }

  func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let floats = try rows.borrow(rows: range, from: &scratch)
    floats.span.extracting(0..<range.count * layout.rowLength).store(into: &buffer)
    scratch.give(floats)
  }

  /// The blocks of GGML.
  struct Blocks: TensorPayload {
    let layout: TensorLayout
    private let codes: any TensorPayload
    private let exponents: any TensorPayload

    init?(codes: any TensorPayload, exponents: any TensorPayload, _ shape: TensorShape) {
      let stored: [Encoding] = [.u8, .i8, .u32, .i32]
      guard stored.contains(codes.layout.encoding),
        [.u8, .f8_E8M0].contains(exponents.layout.encoding),
        let layout = TensorLayout(shape, .mxfp4), layout.rowCount == shape.rowCount,
        shape.elementCount > 0, codes.layout.byteCount == UInt64(shape.elementCount / 2),
        exponents.layout.byteCount == UInt64(shape.elementCount / 32),
        let bytes = ReshapedPayload(
          codes, [shape.rowCount, shape.rowLength / 2 / codes.layout.encoding.bytesPerBlock]),
        let powers = ReshapedPayload(exponents, [shape.rowCount, shape.rowLength / 32])
      else { return nil }
      self.layout = layout
      self.codes = bytes
      self.exponents = powers
    }

    var step: PayloadStep { .repacked }
    var parts: [any TensorPayload] { [codes, exponents] }

    func read(
      rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
    ) throws(FormatError) {
      let step = max(1, (1 << 20) / max(1, layout.rowLength))
      var start = rows.lowerBound
      while start < rows.upperBound {
        let part = start..<min(start + step, rows.upperBound)
        let first = (start - rows.lowerBound) * layout.bytesPerRow
        var target = buffer._mutatingExtracting(first..<first + part.count * layout.bytesPerRow)
        try store(part, into: &target, &scratch)
        start = part.upperBound
      }
    }

    private func store(
      _ rows: Range<Int>, into target: inout MutableRawSpan, _ scratch: inout PayloadScratch
    ) throws(FormatError) {
      let count = rows.count * layout.rowLength
      let bytes = try codes.borrow(rows: rows, from: &scratch)
      defer { scratch.give(bytes) }
      let powers = try exponents.borrow(rows: rows, from: &scratch)
      defer { scratch.give(powers) }
      var levels = [Int8](repeating: 0, count: count)
      for place in 0..<count / 2 {
        levels[2 * place] = Int8(bytes[place] & 15)
        levels[2 * place + 1] = Int8(bytes[place] >> 4)
      }
      let scales = powers[0..<count / 32].map { UInt16($0) }
      if let place = scales.firstIndex(of: 255) {
        throw FormatError(
          .nonFiniteValue,
          "the scale of row \(rows.lowerBound + place * 32 / layout.rowLength), column "
            + "\(place * 32 % layout.rowLength) is not a number",
          in: "scales of MXFP4")
      }
      let zeros = [UInt16](repeating: 0, count: scales.count)
      GridForm.mxfp4.store(levels.span, scales: scales.span, zeros: zeros.span, into: &target)
    }
  }
}
