internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// BitNet as transformers packs it: −1, 0 or 1 in two bits, four runs of outputs in a byte, and one scale
/// for all.
///
/// What a layer computes is multiplied with the scale (`linear_class` autobitlinear, as Microsoft
/// publishes it) or divided by it (integrations/bitnet.py). Weights that are not packed stay as they are.
package enum BitNet: QuantizedSource {
  /// The scheme's name.
  package static let name = "BitNet"

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    scheme["quant_method"]?.text == "bitnet"
  }

  /// (code − 1) times the scale, or by it; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    let multiplies = scheme["linear_class"]?.text == "autobitlinear"
    return try packed.plain(endingIn: "weight_scale", parts: ["weight"]) {
      (stem, scale) throws(ModelError) in
      let tensor = try packed.required(stem, "weight")
      let layout = tensor.layout
      guard scale.layout.shape.elementCount == 1, let number = try packed.floats(scale).first
      else { throw packed.unfit(scale) }
      let factor = multiplies ? number : 1 / number
      guard factor.isFinite, number != 0 else {
        throw ModelError(
          .nonFiniteValue, "tensor '\(scale.name)'", "\(number) is no scale of a weight")
      }
      guard layout.encoding == .u8 else {
        return ScaledPayload(tensor.payload, scale: scale.payload, block: nil)
      }
      let rows = CodeTable.count(layout.rowCount, times: 4)
      guard
        let codes = CodeTable(
          tensor, bits: 2, .runs(4, bytes: 1, lowestFirst: true), rows: rows,
          columns: layout.rowLength)
      else { return nil }
      return TernaryPayload(codes.limited(to: 0...2), factor: factor)
    }
  }
}

/// Codes less 1, times one factor.
private struct TernaryPayload: TensorPayload {
  let layout: TensorLayout
  private let codes: GroupedPayload
  private let rows: FloatRows
  private let factor: Float

  init?(_ codes: CodeTable, factor: Float) {
    // Blocks hold a factor that is a half; any other is a tensor of its own.
    let isHalf = Float(Float16(factor)) == factor
    guard let column = MemoryPayload([Float](repeating: isHalf ? factor : 1, count: codes.rows)),
      let scales = ReshapedPayload(column, [codes.rows, 1]),
      let grid = GroupedPayload(
        codes, .outputs, .difference(1), scales: scales, .size(codes.columns)),
      let rows = FloatRows(grid)
    else { return nil }
    self.layout = grid.layout
    self.codes = grid
    self.rows = rows
    self.factor = isHalf ? 1 : factor
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { codes.parts }

  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    let held = try codes.heldCodes(in: encoding)
    guard factor != 1, case .blocks(let payload, _) = held else { return held }
    return .factored(payload, factors: [factor])
  }

  func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    var floats = try rows.borrow(rows: range, from: &scratch)
    defer { scratch.give(floats) }
    let count = range.count * layout.rowLength
    if factor != 1 { for index in 0..<count { floats[index] *= factor } }
    floats.span.extracting(0..<count).store(into: &buffer)
  }
}
