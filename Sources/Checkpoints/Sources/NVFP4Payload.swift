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
    private let nibbles: NibbleCodes

    init?(codes: any TensorPayload, scales: any TensorPayload, _ shape: TensorShape) {
      guard codes.layout.encoding == .u8, scales.layout.encoding == .f8_E4M3,
        let layout = TensorLayout(shape, .nvfp4), layout.rowCount == shape.rowCount,
        let nibbles = NibbleCodes(codes, scales: scales, group: 16, shape)
      else { return nil }
      self.layout = layout
      self.nibbles = nibbles
    }

    var step: PayloadStep { .repacked }
    var parts: [any TensorPayload] { nibbles.parts }

    func read(
      rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
    ) throws(FormatError) {
      try forPieces(of: rows, elements: 1 << 20, in: &buffer) {
        (piece, target) throws(FormatError) in
        // A block's scales have no sign, and readers take the byte of NaN for 0.
        let (levels, bytes) = try nibbles.read(piece, &scratch, below: 0x7F) {
          FormatError(
            .invalidValue, "the scale of \($0) is negative or not a number",
            in: "scales of NVFP4")
        }
        func pair(_ block: Int, _ half: Int) -> UInt16 {
          let place = 4 * block + 2 * half
          return UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
        }
        let blocks = 0..<bytes.count / 4
        let (low, high) = (blocks.map { pair($0, 0) }, blocks.map { pair($0, 1) })
        GridForm.nvfp4.store(levels.span, scales: low.span, zeros: high.span, into: &target)
      }
    }
  }
}
