internal import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// NVFP4 as NVIDIA's ModelOpt writes it; layers of eight-bit floats beside it are those of `FP8`.
///
/// `weight` has two codes in a byte, `weight_scale` an E4M3 for 16 of them, and `weight_scale_2` is what
/// all are multiplied with: 1 by compressed-tensors' `weight_global_scale`.
package enum ModelOpt: QuantizedSource {
  /// The scheme's name.
  package static let name = "NVFP4"

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool {
    guard scheme["quant_method"]?.text == "modelopt" else { return false }
    return ["NVFP4", "W4A16_NVFP4", "MIXED_PRECISION"].contains(scheme["quant_algo"]?.text)
  }

  /// Codes times scales times a factor; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    let packed = PackedParts(model)
    var rest = model
    rest.tensors = try packed.plain(
      endingIn: "weight_scale_2", parts: ["weight", "weight_scale", "input_scale"]
    ) { (stem, factor) throws(ModelError) in
      guard let number = try packed.floats(factor, 1...1).first else { return nil }
      return NVFP4Payload(
        codes: try packed.required(stem, "weight").payload,
        scales: try packed.required(stem, "weight_scale").payload, factor: number)
    }
    return try FP8.plainTensors(of: rest, scheme)
  }
}
