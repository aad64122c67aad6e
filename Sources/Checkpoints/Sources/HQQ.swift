internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// HQQ as its library and transformers write it: 1, 2, 3, 4 or 8 bits with scales and zero points in
/// floating point.
///
/// The weight is seen as a matrix of rows of one group (`axis` 1) or of columns of one (`axis` 0); runs
/// of its rows share the words of `W_q` (hqq/core/bitpack.py). Settings are tensors of one number.
package enum HQQ: QuantizedSource {
  /// The scheme's name.
  package static let name = "HQQ"

  private static let parts = [
    "nbits", "group_size", "shape", "scale", "zero", "axis", "packing", "unpack_view_dtype",
    "view_as_float", "quant_scale", "quant_zero", "compute_dtype", "offload_meta",
    "encoded_state_dict", "stores_quant_config", "channel_wise", "optimize", "round_zero",
  ]

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    scheme["quant_method"]?.text == "hqq"
  }

  /// (code − zero) · scale; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    return try packed.plain(endingIn: "W_q", parts: parts) { (stem, tensor) throws(ModelError) in
      func number(_ part: String) throws(ModelError) -> Int? {
        guard let tensor = packed[stem, part] else { return nil }
        guard tensor.layout.shape.elementCount == 1 else { throw packed.unfit(tensor) }
        return try packed.floats(tensor).first.flatMap { Int(exactly: $0) }
      }
      let shape = try packed.floats(packed.required(stem, "shape")).map { Int(exactly: $0) ?? 0 }
      guard shape.count == 2, let bits = try number("nbits"), [1, 2, 3, 4, 8].contains(bits),
        shape.allSatisfy({ $0 > 0 && $0 < 1 << 31 })
      else { return nil }
      let scales = try packed.required(stem, "scale")
      let zeros = try packed.required(stem, "zero")
      let group = try number("group_size").flatMap { $0 > 0 ? $0 : nil } ?? shape[1]
      return try number("axis") ?? 1 == 1
        ? rows(tensor, scales.payload, zeros.payload, bits, group, shape)
        : columns(tensor, scales.payload, zeros.payload, bits, group, shape)
    }
  }

  /// The stored matrix, of so many rows and columns.
  private static func table(
    _ tensor: Tensor, _ bits: Int, rows: Int, columns: Int
  ) -> CodeTable? {
    // Ten codes of three bits are in a word of 32, all others fill bytes.
    let bytes = bits == 3 ? 4 : 1
    let runs = bits == 3 ? 10 : 8 / bits
    return CodeTable(
      tensor, bits: bits, .runs(runs, bytes: bytes, lowestFirst: false), rows: rows,
      columns: columns)
  }

  /// Groups of inputs next to each other.
  private static func rows(
    _ tensor: Tensor, _ scales: any TensorPayload, _ zeros: any TensorPayload, _ bits: Int,
    _ group: Int, _ shape: [Int]
  ) -> (any TensorPayload)? {
    guard shape[1] % group == 0 else { return nil }
    let groups = shape[1] / group
    guard
      let codes = table(tensor, bits, rows: shape[0] * groups, columns: group)?.folded(groups),
      let factors = ReshapedPayload(scales, [shape[0], groups]),
      let points = ReshapedPayload(zeros, [shape[0], groups])
    else { return nil }
    return AffinePayload(codes, scales: factors, .zero(points), group: group)
  }

  /// Groups of numbers that are far from each other.
  private static func columns(
    _ tensor: Tensor, _ scales: any TensorPayload, _ zeros: any TensorPayload, _ bits: Int,
    _ group: Int, _ shape: [Int]
  ) -> (any TensorPayload)? {
    let (count, overflow) = shape[0].multipliedReportingOverflow(by: shape[1])
    guard !overflow, count % group == 0 else { return nil }
    // Rows of the stored matrix are whole rows of weights, or the other way round.
    let width = count / group
    let unit = min(width, shape[1])
    guard unit > 0, max(width, shape[1]) % unit == 0,
      let codes = table(tensor, bits, rows: group, columns: width),
      let factors = ReshapedPayload(scales, [width / unit, unit]),
      let points = ReshapedPayload(zeros, [width / unit, unit])
    else { return nil }
    return StridedGroupsPayload(codes, scales: factors, zeros: points, shape: shape)
  }
}

/// Weights whose groups are numbers that are a fixed distance apart: (code − zero) · scale.
///
/// Numbers in the same place of each row of codes share a scale, whatever rows the weights have.
private struct StridedGroupsPayload: TensorPayload {
  let layout: TensorLayout
  private let codes: CodeTable
  private let scales: FloatRows
  private let zeros: FloatRows

  init?(
    _ codes: CodeTable, scales: any TensorPayload, zeros: any TensorPayload, shape: [Int]
  ) {
    guard let shape = TensorShape(shape), let layout = TensorLayout(shape, .f32),
      let scales = FloatRows(scales), let zeros = FloatRows(zeros), layout.rowLength > 0
    else { return nil }
    self.layout = layout
    self.codes = codes
    self.scales = scales
    self.zeros = zeros
  }

  var step: PayloadStep { .scaled }
  var parts: [any TensorPayload] { [codes.payload, scales.payload, zeros.payload] }

  func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    .unheld("its groups are of numbers far apart, those of blocks of neighbours", nearest: .q8_0)
  }

  func read(
    rows: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let length = layout.rowLength
    let unit = scales.rowLength
    var floats = scratch.takeFloats(rows.count * length)
    defer { scratch.give(floats) }
    for first in stride(from: 0, to: rows.count * length, by: unit) {
      let place = rows.lowerBound * length + first
      let (line, column) = (place / codes.columns, place % codes.columns)
      let own = try codes.read(
        rows: line..<line + 1, columns: column..<column + unit, &scratch)
      let part = column / unit
      let factors = try scales.borrow(rows: part..<part + 1, from: &scratch)
      let points = try zeros.borrow(rows: part..<part + 1, from: &scratch)
      for index in 0..<unit {
        floats[first + index] = (Float(own[index]) - points[index]) * factors[index]
      }
      scratch.give(factors)
      scratch.give(points)
    }
    floats.span.extracting(0..<rows.count * length).store(into: &buffer)
  }
}
