internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Weights of E2M1 whose groups of 16 have a scale in E4M3, and all of them one factor.
///
/// `codes` has two in a byte, the first in its lower half. GGML's NVFP4 holds codes and scales as they
/// are; the factor becomes a tensor of its own.
struct NVFP4Payload: TensorPayload {
  /// The layout of what `read` produces: F32.
  let layout: TensorLayout
  private let blocks: Blocks
  private let rows: FloatRows
  private let factor: Float
  /// The same numbers, where the scheme computes them in another order.
  private let plain: (any TensorPayload)?

  /// Nil where the parts do not fit together.
  init?(
    codes: any TensorPayload, scales: any TensorPayload, factor: Float,
    plain: (any TensorPayload)? = nil
  ) {
    let dimensions = codes.layout.shape.dimensions
    guard let width = dimensions.last, factor.isFinite,
      let shape = TensorShape(dimensions.dropLast() + [CodeTable.count(width, times: 2)]),
      let blocks = Blocks(codes: codes, scales: scales, shape),
      let layout = TensorLayout(shape, .f32), let rows = FloatRows(blocks)
    else { return nil }
    self.layout = layout
    self.blocks = blocks
    self.rows = rows
    self.factor = factor
    self.plain = plain
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { blocks.parts }

  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    encoding == nil
      ? .factored(blocks, factors: [factor])
      : .unheld("codes of E2M1 are those of NVFP4 alone", nearest: nil)
  }

  func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    if let plain { return try plain.read(rows: range, into: &buffer, scratch: &scratch) }
    var floats = try rows.borrow(rows: range, from: &scratch)
    let count = range.count * layout.rowLength
    for index in 0..<count { floats[index] *= factor }
    floats.span.extracting(0..<count).store(into: &buffer)
    scratch.give(floats)
  }

  /// The blocks of GGML.
  private struct Blocks: TensorPayload {
    let layout: TensorLayout
    private let codes: any TensorPayload
    private let scales: any TensorPayload

    init?(codes: any TensorPayload, scales: any TensorPayload, _ shape: TensorShape) {
      guard codes.layout.encoding == .u8, scales.layout.encoding == .f8_E4M3,
        let layout = TensorLayout(shape, .nvfp4), layout.rowCount == shape.rowCount,
        shape.elementCount > 0, codes.layout.byteCount == UInt64(shape.elementCount / 2),
        scales.layout.byteCount == UInt64(shape.elementCount / 16),
        let bytes = ReshapedPayload(codes, [shape.rowCount, shape.rowLength / 2]),
        let groups = ReshapedPayload(scales, [shape.rowCount, shape.rowLength / 16])
      else { return nil }
      self.layout = layout
      self.codes = bytes
      self.scales = groups
    }

    var step: PayloadStep { .repacked }
    var parts: [any TensorPayload] { [codes, scales] }

    func read(
      rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
    ) throws(FormatError) {
      let step = max(1, (1 << 20) / max(1, layout.rowLength))
      for start in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
        let part = start..<min(start + step, rows.upperBound)
        let first = (start - rows.lowerBound) * layout.bytesPerRow
        var target = buffer._mutatingExtracting(first..<first + part.count * layout.bytesPerRow)
        try store(part, into: &target, &scratch)
      }
    }

    private func store(
      _ rows: Range<Int>, into target: inout MutableRawSpan, _ scratch: inout PayloadScratch
    ) throws(FormatError) {
      let count = rows.count * layout.rowLength
      let bytes = try codes.borrow(rows: rows, from: &scratch)
      defer { scratch.give(bytes) }
      let groups = try scales.borrow(rows: rows, from: &scratch)
      defer { scratch.give(groups) }
      // A block's scales have no sign, and readers take the byte of NaN for 0.
      if let place = groups[0..<count / 16].firstIndex(where: { $0 >= 0x7F }) {
        throw FormatError(
          .invalidValue,
          "the scale of row \(rows.lowerBound + place * 16 / layout.rowLength), column "
            + "\(place * 16 % layout.rowLength) is negative or not a number",
          in: "scales of NVFP4")
      }
      var levels = [Int8](repeating: 0, count: count)
      for place in 0..<count / 2 {
        levels[2 * place] = Int8(bytes[place] & 15)
        levels[2 * place + 1] = Int8(bytes[place] >> 4)
      }
      func pair(_ block: Int, _ half: Int) -> UInt16 {
        let place = 4 * block + 2 * half
        return UInt16(groups[place]) | UInt16(groups[place + 1]) << 8
      }
      let low = (0..<count / 64).map { pair($0, 0) }
      let high = (0..<count / 64).map { pair($0, 1) }
      GridForm.nvfp4.store(levels.span, scales: low.span, zeros: high.span, into: &target)
    }
  }
}
