internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// AWQ as AutoAWQ writes it: four bits, groups of inputs, for either of its kernels.
///
/// `gemm` stores inputs by outputs, eight outputs in a word in the order 0 2 4 6 1 3 5 7; `gemv` stores
/// outputs by inputs in their order, and pads scales and zero points.
package enum AWQ: QuantizedSource {
  /// What to call it.
  package static let name = "AWQ"

  private static let parts = ["qzeros", "scales"]
  /// Where each of eight neighbours stands in its word.
  private static let order = [0, 4, 1, 5, 2, 6, 3, 7]

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    scheme["quant_method"]?.text == "awq" && ["gemm", "gemv", nil].contains(version(scheme))
      && (scheme["bits"] ?? scheme["w_bit"])?.integer ?? 4 == 4
  }

  private static func version(_ scheme: JSONValue) -> String? {
    scheme["version"]?.text?.lowercased()
  }

  /// (code − zero) · scale; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    let isVector = version(scheme) == "gemv"
    let size = (scheme["group_size"] ?? scheme["q_group_size"])?.integer ?? 128
    return try packed.plain(endingIn: "qweight", parts: parts) {
      (stem, tensor) throws(ModelError) in
      let scales = try packed.required(stem, "scales")
      let layout = tensor.layout
      let packing: CodeTable.Packing = isVector ? .columns : .ordered(order)
      let columns = CodeTable.count(layout.rowLength, times: 8)
      let inputs = isVector ? columns : layout.rowCount
      let group = size > 0 ? size : max(1, inputs)
      guard layout.encoding == .i32,
        let codes = CodeTable(tensor, bits: 4, packing, rows: layout.rowCount, columns: columns)
      else { return nil }
      var meaning = GroupedPayload.Meaning.difference(8)
      if let zeros = packed[stem, "qzeros"] {
        let count = isVector ? CodeTable.count(zeros.layout.rowLength, times: 8) : columns
        guard zeros.layout.encoding == .i32,
          let points = CodeTable(
            zeros, bits: 4, packing, rows: zeros.layout.rowCount, columns: count)
        else { return nil }
        meaning = .zeros(points, offset: 0)
      }
      return GroupedPayload(
        codes, isVector ? .outputs : .inputs, meaning, scales: scales.payload, .size(group))
    }
  }
}
