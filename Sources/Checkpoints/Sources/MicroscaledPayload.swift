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
    private let nibbles: NibbleCodes

    init?(codes: any TensorPayload, exponents: any TensorPayload, _ shape: TensorShape) {
      guard ([.u8, .i8, .u32, .i32] as [Encoding]).contains(codes.layout.encoding),
        [.u8, .f8_E8M0].contains(exponents.layout.encoding),
        let layout = TensorLayout(shape, .mxfp4), layout.rowCount == shape.rowCount,
        let nibbles = NibbleCodes(codes, scales: exponents, group: 32, shape)
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
        let (levels, bytes) = try nibbles.read(piece, &scratch, below: 255) {
          FormatError(
            .nonFiniteValue, "the scale of \($0) is not a number", in: "scales of MXFP4")
        }
        let scales = bytes.map { UInt16($0) }
        let zeros = [UInt16](repeating: 0, count: scales.count)
        GridForm.mxfp4.store(levels.span, scales: scales.span, zeros: zeros.span, into: &target)
      }
    }
  }
}
