internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// MXFP4 as OpenAI publishes gpt-oss: experts in `…_blocks` and `…_scales`.
///
/// Blocks are [experts, outputs, groups, 16] and scales [experts, outputs, groups]. The plain weight has
/// inputs before outputs, as the class in transformers has it (`convert_moe_packed_tensors` in
/// integrations/mxfp4.py), and so do these.
package enum MXFP4: QuantizedSource {
  /// The scheme's name.
  package static let name = "MXFP4"

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    scheme["quant_method"]?.text == "mxfp4"
  }

  /// Codes times powers of two; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let table = Dictionary(model.tensors.map { ($0.name, $0) }) { first, _ in first }
    var result: [Tensor] = []
    for tensor in model.tensors {
      if let stem = stem(tensor.name, "_scales"), table[stem + "_blocks"] != nil { continue }
      guard let stem = stem(tensor.name, "_blocks") else {
        result.append(tensor)
        continue
      }
      guard let scales = table[stem + "_scales"] else {
        throw ModelError(
          .missingTensor, "tensor '\(stem)_scales'",
          "a quantized weight cannot be read without it")
      }
      let dimensions = tensor.layout.shape.dimensions
      guard dimensions.count == 4, dimensions[3] == 16, dimensions[2] < 1 << 40,
        scales.layout.shape.dimensions == Array(dimensions.dropLast()),
        let weight = MicroscaledPayload(
          codes: tensor.payload, exponents: scales.payload,
          shape: [dimensions[0], dimensions[1], dimensions[2] * 32]),
        let payload = TransposedPayload(weight)
      else {
        throw ModelError(
          .shapeMismatch, "tensor '\(tensor.name)'",
          "\(tensor.layout.encoding) of shape \(tensor.layout.shape) and scales of shape "
            + "\(scales.layout.shape) are not blocks of 16 bytes with a scale for each")
      }
      result.append(Tensor(name: stem, payload: payload, location: tensor.location))
    }
    return result
  }

  private static func stem(_ name: ByteString, _ ending: ByteString) -> ByteString? {
    name.hasSuffix(ending) ? ByteString(Array(name.bytes.dropLast(ending.bytes.count))) : nil
  }
}

extension ByteString {
  fileprivate static func + (left: ByteString, right: ByteString) -> ByteString {
    ByteString(left.bytes + right.bytes)
  }
}
