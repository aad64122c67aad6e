internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// Weights in eight-bit floats with scales beside them: DeepSeek's blocks, compressed-tensors,
/// ModelOpt, FBGEMM and Mistral's own form.
///
/// A weight is the product with its scale, in single precision, whatever the scale is called. Scales of
/// activations are for other programs and are left out.
package enum FP8: QuantizedSource {
  /// What to call it.
  package static let name = "FP8"

  /// Endings of a weight's scale, in place of the ending `weight` or behind the name.
  private static let replacing = ["qscale_weight"]
  private static let appended = ["_scale_inv", "_scale"]
  /// Endings of tensors that say how activations are scaled.
  private static let unused: [ByteString] = [
    ".input_scale", ".output_scale", "_activation_scale", ".activation_scale", ".qscale_act",
    ".k_scale", ".v_scale", ".q_scale", ".prob_output_scale", ".input_scale_ub",
  ]

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    switch scheme["quant_method"]?.text {
    case "fp8"?, "fbgemm_fp8"?: return true
    case "modelopt"?: return scheme["quant_algo"]?.text == "FP8"
    case "compressed-tensors"?:
      let format = scheme["format"]?.text
      guard format == "float-quantized" || format == "naive-quantized" else { return false }
      let groups = scheme["config_groups"]?.object?.members ?? []
      return !groups.isEmpty
        && groups.allSatisfy { group in
          let weights = group.value["weights"]
          return weights?["type"]?.text == "float" && weights?["num_bits"]?.integer == 8
        }
    case nil: return scheme["qformat_weight"]?.text == "fp8_e4m3"
    case _?: return false
    }
  }

  /// Products with their scales; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let table = Dictionary(model.tensors.map { ($0.name, $0) }) { first, _ in first }
    var scales: Set<ByteString> = []
    var result: [Tensor] = []
    for tensor in model.tensors {
      guard let scale = scale(of: tensor, in: table) else {
        result.append(tensor)
        continue
      }
      scales.insert(scale.name)
      guard
        let payload = ScaledPayload(
          tensor.payload, scale: scale.payload, block: block(of: scheme))
      else {
        throw ModelError(
          .shapeMismatch, "tensor '\(tensor.name)'",
          "its scale '\(scale.name)' of shape \(scale.layout.shape) does not fit "
            + "\(tensor.layout.encoding.name) of shape \(tensor.layout.shape)")
      }
      result.append(Tensor(name: tensor.name, payload: payload, location: tensor.location))
    }
    return result.filter { tensor in
      !scales.contains(tensor.name) && !unused.contains { tensor.name.hasSuffix($0) }
    }
  }

  private static func scale(of tensor: Tensor, in table: [ByteString: Tensor]) -> Tensor? {
    guard [.f8_E4M3, .f8_E5M2].contains(tensor.layout.encoding) else { return nil }
    for ending in appended {
      if let found = table[ByteString(tensor.name.bytes + Array(ending.utf8))] { return found }
    }
    guard tensor.name.hasSuffix("weight") else { return nil }
    let stem = tensor.name.bytes.dropLast("weight".utf8.count)
    return replacing.lazy.compactMap { table[ByteString(Array(stem) + Array($0.utf8))] }.first
  }

  /// Rows and columns that share a scale, where the scheme says so.
  private static func block(of scheme: JSONValue) -> (rows: Int, columns: Int)? {
    let weights = scheme["config_groups"]?.object?.members.first?.value["weights"]
    let sizes = (scheme["weight_block_size"] ?? weights?["block_structure"])?.array?
      .compactMap(\.integer)
    if let sizes, sizes.count == 2, sizes[0] > 0, sizes[1] > 0 { return (sizes[0], sizes[1]) }
    return weights?["group_size"]?.integer.flatMap { $0 > 0 ? (1, $0) : nil }
  }
}
