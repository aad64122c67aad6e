internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// MLX's own quantization, as `mlx_lm.convert -q` writes it: affine codes of 2 to 8 bits in groups, or
/// MXFP4.
///
/// `weight` has words of 32 bits along the inputs, `scales` and `biases` a number for each group
/// (mlx/ops.cpp, `quantize`). How many bits a weight has is told by its shape, since layers may differ.
package enum MLX: QuantizedSource {
  /// The scheme's name.
  package static let name = "MLX"

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    guard scheme["quant_method"] == nil, scheme["group_size"]?.integer != nil,
      scheme["bits"]?.integer != nil
    else { return false }
    return ["affine", "mxfp4", nil].contains(scheme["mode"]?.text)
  }

  /// code · scale + bias; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    return try packed.plain(endingIn: "scales", parts: ["weight", "biases"]) {
      (stem, scales) throws(ModelError) in
      let words = try packed.required(stem, "weight")
      guard [.u32, .i32].contains(words.layout.encoding) else { return nil }
      let own = module(stem, scheme)
      let size = own["group_size"]?.integer ?? scheme["group_size"]?.integer ?? 64
      let dimensions = words.layout.shape.dimensions
      guard size > 0, size <= 1 << 20, dimensions.count >= 2,
        scales.layout.shape.dimensions.dropLast() == dimensions.dropLast()
      else { return nil }
      let inputs = CodeTable.count(scales.layout.shape.rowLength, times: size)
      let bits = CodeTable.count(words.layout.rowLength, times: 32) / max(1, inputs)
      guard let biases = packed[stem, "biases"] else {
        return MicroscaledPayload(
          codes: words.payload, exponents: scales.payload,
          shape: dimensions.dropLast() + [inputs])
      }
      guard
        let codes = CodeTable(
          words, bits: bits, .columns, rows: words.layout.rowCount, columns: inputs),
        let payload = AffinePayload(
          codes, scales: scales.payload, .bias(biases.payload), group: size)
      else { return nil }
      // Experts are stacked.
      return dimensions.count == 2
        ? payload : ReshapedPayload(payload, dimensions.dropLast() + [inputs])
    }
  }

  /// What the configuration says of one module; nothing where it is like all others.
  private static func module(_ stem: ByteString, _ scheme: JSONValue) -> JSONValue {
    scheme[ByteString(Array(stem.bytes.dropLast()))] ?? [:]
  }
}
