internal import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// GPTQ as AutoGPTQ and its successors write it: 2, 3, 4 or 8 bits, groups of inputs, in the order of
/// activations or not.
///
/// `qweight` has the codes of a column below each other, `qzeros` the zero points of a row beside each
/// other and less 1 (but in the format `gptq_v2`), `g_idx` the group of each input.
package enum GPTQ: QuantizedSource {
  /// What to call it.
  package static let name = "GPTQ"

  private static let parts = ["qzeros", "scales", "g_idx"]

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    scheme["quant_method"]?.text == "gptq"
      && scheme["is_marlin_format"]?.bool != true
      && ["gptq", "gptq_v2", nil].contains(scheme["checkpoint_format"]?.text)
  }

  /// (code − zero) · scale; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    guard let bits = scheme["bits"]?.integer, [2, 3, 4, 8].contains(bits) else {
      throw ModelError(
        .unsupportedEncoding, "config.json", "GPTQ has 2, 3, 4 or 8 bits, and 'bits' says otherwise"
      )
    }
    let offset: Int32 = scheme["checkpoint_format"]?.text == "gptq_v2" ? 0 : 1
    return try packed.plain(endingIn: "qweight", parts: parts) {
      (stem, tensor) throws(ModelError) in
      let scales = try packed.required(stem, "scales")
      let zeros = try packed.required(stem, "qzeros")
      let outputs = tensor.layout.rowLength
      var groups: GroupedPayload.Groups
      var inputs = CodeTable.count(tensor.layout.rowCount, times: 32) / bits
      if let listed = packed[stem, "g_idx"] {
        let list = try packed.integers(listed)
        inputs = list.count
        groups = .listed(list)
      } else {
        let size = scheme["group_size"]?.integer ?? -1
        // Whole groups tell how many inputs there are, whatever the bits of this layer.
        if (1...1 << 20).contains(size), (inputs + size - 1) / size != scales.layout.rowCount {
          inputs = CodeTable.count(scales.layout.rowCount, times: size)
        }
        groups = .size(size > 0 ? size : max(1, inputs))
      }
      let bits = Self.bits(tensor, inputs: inputs) ?? bits
      guard let codes = CodeTable(tensor, bits: bits, .rows, rows: inputs, columns: outputs),
        let points = CodeTable(
          zeros, bits: bits, .columns, rows: scales.layout.rowCount, columns: outputs)
      else { return nil }
      return GroupedPayload(
        codes, .inputs, .zeros(points, offset: offset), scales: scales.payload, groups)
    }
  }

  /// The bits of one layer, where its shape says them: some programs mix.
  private static func bits(_ tensor: Tensor, inputs: Int) -> Int? {
    let words = CodeTable.count(tensor.layout.rowCount, times: 32)
    guard inputs > 0, words % inputs == 0, [2, 3, 4, 8].contains(words / inputs) else {
      return nil
    }
    return words / inputs
  }
}
