internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// torchao as transformers saves it in safetensors: integers of up to eight bits, floats of eight bits.
///
/// `module.weight` is in parts named `module._weight_qdata`, `…_scale` and so on
/// (torchao/prototype/safetensors); what kind of tensor they are follows from their types and shapes.
package enum TorchAO: QuantizedSource {
  /// The scheme's name.
  package static let name = "torchao"

  private static let parts = [
    "_weight_scale", "_weight_zero_point", "_weight_act_pre_scale", "_weight_act_quant_scale",
    "_weight_act_quant_zero_point", "_weight_per_tensor_scale", "_weight_act_per_tensor_scale",
  ]

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    scheme["quant_method"]?.text == "torchao"
  }

  /// Codes times scales; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    return try packed.plain(endingIn: "_weight_qdata", parts: parts) {
      (stem, tensor) throws(ModelError) in
      let facts = about(stem, model)
      let zeros = packed[stem, "_weight_zero_point"]
      if packed[stem, "_weight_act_pre_scale"] != nil {
        throw refusal(tensor, "its inputs are scaled before, which has no place in GGUF")
      }
      guard let scale = packed[stem, "_weight_scale"] else {
        throw refusal(tensor, "its codes lie in the order of one kind of GPU")
      }
      if facts["_data"]?["is_swizzled_scales"]?.bool == true {
        throw refusal(tensor, "its scales lie in the order of one kind of GPU")
      }
      switch facts["_type"]?.text ?? guess(tensor, scale) {
      case "Int4Tensor"?, "Int4PlainInt32Tensor"?: return nibbles(tensor, scale, zeros)
      case "Int8Tensor"?, "IntxUnpackedToInt8Tensor"?:
        return bytes(tensor, scale, zeros, facts["_data"]?["target_dtype"]?["_data"]?.text)
      case "Float8Tensor"?: return floats(tensor, scale)
      case "NVFP4Tensor"?:
        var factor: Float = 1
        if let part = packed[stem, "_weight_per_tensor_scale"] {
          factor = try packed.floats(part).first ?? 1
        }
        return NVFP4Payload(codes: tensor.payload, scales: scale.payload, factor: factor)
      case "MXTensor"? where tensor.layout.encoding == .u8:
        let dimensions = tensor.layout.shape.dimensions
        guard let width = dimensions.last else { return nil }
        return MicroscaledPayload(
          codes: tensor.payload, exponents: scale.payload,
          shape: dimensions.dropLast() + [CodeTable.count(width, times: 2)])
      default: return nil
      }
    }
  }

  private static func refusal(_ tensor: Tensor, _ reason: String) -> ModelError {
    ModelError(
      .unsupportedEncoding, "tensor '\(tensor.name)'", reason,
      hint: "quantize in a plain packing format, or start from the original checkpoint")
  }

  /// What the file's metadata say of a weight; nothing where they do not.
  private static func about(_ stem: ByteString, _ model: Model) -> JSONValue {
    let key = ByteString(stem.bytes + Array("weight".utf8))
    guard let text = model.metadata[key]?.string,
      let document = try? JSONValue.parse(text.bytes, depth: 16)
    else { return [:] }
    return document
  }

  /// The kind of tensor by types and shapes: packed codes have scales of groups by outputs.
  private static func guess(_ tensor: Tensor, _ scale: Tensor) -> String? {
    let scales = scale.layout.shape.dimensions
    switch tensor.layout.encoding {
    case .f8_E4M3, .f8_E5M2: return "Float8Tensor"
    case .i32: return "Int4PlainInt32Tensor"
    case .i8, .u8:
      let isTurned =
        scales.count == 2 && scales[1] == tensor.layout.rowCount && scales[0] != scales[1]
      return isTurned ? "Int4Tensor" : tensor.layout.encoding == .i8 ? "Int8Tensor" : nil
    default: return nil
    }
  }

  /// Floats of eight bits, with scales for rows, blocks or the whole.
  private static func floats(_ tensor: Tensor, _ scale: Tensor) -> (any TensorPayload)? {
    let weights = tensor.layout.shape.dimensions
    let scales = scale.layout.shape.dimensions
    guard weights.count == scales.count, weights.count == 2, scales.allSatisfy({ $0 > 0 }),
      weights[0] % scales[0] == 0, weights[1] % scales[1] == 0
    else { return ScaledPayload(tensor.payload, scale: scale.payload, block: nil) }
    return ScaledPayload(
      tensor.payload, scale: scale.payload,
      block: (weights[0] / scales[0], weights[1] / scales[1]))
  }

  /// A byte for each code, whatever its bits: `Int8Tensor` and `IntxUnpackedToInt8Tensor`.
  private static func bytes(
    _ tensor: Tensor, _ scale: Tensor, _ zeros: Tensor?, _ type: String?
  ) -> (any TensorPayload)? {
    let layout = tensor.layout
    guard layout.shape.dimensions.count == 2, layout.rowCount > 0,
      var codes = CodeTable(
        tensor, bits: 8, .signedBytes, rows: layout.rowCount, columns: layout.rowLength)
    else { return nil }
    if let type, type.hasPrefix("int"), let bits = Int(type.dropFirst(3)), (1...8).contains(bits) {
      codes = codes.limited(to: -(1 << (bits - 1))...(1 << (bits - 1)) - 1)
    }
    let count = scale.layout.shape.elementCount
    guard count >= layout.rowCount, count % layout.rowCount == 0,
      layout.rowLength % (count / layout.rowCount) == 0,
      let factors = ReshapedPayload(scale.payload, [layout.rowCount, count / layout.rowCount])
    else { return ScaledPayload(tensor.payload, scale: scale.payload, block: nil) }
    let group = layout.rowLength / (count / layout.rowCount)
    guard let zeros else {
      return GroupedPayload(codes, .outputs, .difference(0), scales: factors, .size(group))
    }
    guard let points = ReshapedPayload(zeros.payload, factors.layout.shape.dimensions) else {
      return nil
    }
    return AffinePayload(codes, scales: factors, .zero(points), group: group)
  }

  /// Two codes in a byte, the first in its lower half, with scales of groups by outputs: `Int4Tensor`,
  /// whose codes have a sign and whose zero points are what is added, and `Int4PlainInt32Tensor`.
  private static func nibbles(
    _ tensor: Tensor, _ scale: Tensor, _ zeros: Tensor?
  ) -> (any TensorPayload)? {
    let layout = tensor.layout
    let isWords = layout.encoding == .i32
    guard layout.shape.dimensions.count == 2, let zeros,
      let codes = CodeTable(
        tensor, bits: 4, .columns, rows: layout.rowCount,
        columns: CodeTable.count(layout.rowLength, times: isWords ? 8 : 2)),
      let factors = TransposedPayload(scale.payload),
      let points = TransposedPayload(zeros.payload),
      factors.layout.rowLength > 0, codes.columns % factors.layout.rowLength == 0
    else { return nil }
    let group = codes.columns / factors.layout.rowLength
    return isWords
      ? AffinePayload(codes, scales: factors, .zero(points), group: group)
      : AffinePayload(codes.signed, scales: factors, .middle(8, points), group: group)
  }
}
