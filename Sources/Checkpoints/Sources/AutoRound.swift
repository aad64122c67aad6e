internal import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// AutoRound's own formats, which are GPTQ's and AWQ's under another name.
///
/// `packing_format` says which, and whether zero points are stored less 1
/// (auto_round/inference/backend.py).
package enum AutoRound: QuantizedSource {
  /// The scheme's name.
  package static let name = "AutoRound"

  /// The form, in the words of the scheme that it is; nil where it is none of these.
  private static func form(_ scheme: JSONValue) -> JSONValue? {
    guard ["auto-round", "autoround", "intel/auto-round"].contains(scheme["quant_method"]?.text),
      var object = scheme.object
    else { return nil }
    let packing =
      (scheme["packing_format"] ?? scheme["backend"])?.text?.lowercased() ?? "auto_round:auto_gptq"
    object["checkpoint_format"] = "gptq_v2"
    object["quant_method"] = "gptq"
    if packing.contains("awq") {
      object["quant_method"] = "awq"
      object["version"] = "gemm"
    } else if packing.contains("fp8") || packing.contains("llm_compressor")
      || packing.contains("mlx") || packing.contains("fake")
    {
      return nil
    } else if packing.contains(":gptq:") || packing.hasSuffix(":gptq")
      || packing.contains("auto_gptq")
    {
      object["checkpoint_format"] = "gptq"
    }
    return .object(object)
  }

  /// Whether `quantization_config` speaks of this scheme; see `QuantizedSource`.
  package static func recognizes(_ scheme: JSONValue) -> Bool { form(scheme) != nil }

  /// As GPTQ or AWQ; see `QuantizedSource`.
  package static func plainTensors(
    of model: Model, _ scheme: JSONValue
  ) throws(ModelError) -> [Tensor] {
    guard let form = form(scheme) else { return model.tensors }
    return form["quant_method"]?.text == "awq"
      ? try AWQ.plainTensors(of: model, form) : try GPTQ.plainTensors(of: model, form)
  }
}
