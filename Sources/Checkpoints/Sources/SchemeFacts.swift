internal import WeighbridgeByteIO
package import WeighbridgeJSON

/// What a configuration says of quantized weights, for people: `GPTQ, 4 bits, groups of 32`.
package struct SchemeFacts: Hashable, Sendable {
  /// The scheme's name, with its form where it has several.
  package let name: String
  /// Bits of a code, where the configuration says them.
  package let bits: Int?
  /// Inputs that share a scale; nil where all do, or nothing is said.
  package let groupSize: Int?
  /// What else decides what becomes of the codes.
  package let details: [String]

  /// Nil where the configuration speaks of no quantized weights.
  package init?(_ configuration: JSONValue) {
    guard let scheme = QuantizedSourceRegistry.scheme(configuration), scheme.object != nil else {
      return nil
    }
    let source = QuantizedSourceRegistry.all.first { $0.recognizes(scheme) }
    let method = scheme["quant_method"]?.text
    let form = Self.form(scheme)
    name =
      (source?.name ?? method ?? "unknown") + (form.map { " (\($0))" } ?? "")
    let weights = Self.weights(scheme)
    bits =
      Self.integer(["bits", "w_bit", "num_bits", "nbits"], scheme, weights)
      ?? Self.impliedBits(scheme, weights)
    groupSize = Self.integer(["group_size", "q_group_size"], scheme, weights)
    var details: [String] = []
    let isOrdered =
      scheme["desc_act"]?.bool == true || ["group", "weight"].contains(weights?["actorder"]?.text)
    if isOrdered { details.append("in the order of activations") }
    let symmetric = (scheme["sym"] ?? weights?["symmetric"])?.bool
    if symmetric == false || scheme["zero_point"]?.bool == true { details.append("zero points") }
    if (scheme["group_size"] ?? weights?["group_size"])?.integer == -1 {
      details.append("a scale for each output")
    }
    if scheme["bnb_4bit_use_double_quant"]?.bool == true { details.append("scales quantized too") }
    self.details = details
  }

  /// Bits that follow from a name.
  private static func impliedBits(_ scheme: JSONValue, _ weights: JSONValue?) -> Int? {
    if scheme["load_in_4bit"]?.bool == true { return 4 }
    if scheme["load_in_8bit"]?.bool == true { return 8 }
    switch scheme["quant_method"]?.text {
    case "bitnet"?: return 2
    case "mxfp4"?: return 4
    case "fp8"?, "fbgemm_fp8"?: return 8
    case "torchao"?: return form(scheme)?.lowercased().contains("int4") == true ? 4 : 8
    case _:
      let type = weights?["dtype"]?.text ?? scheme["quant_algo"]?.text ?? ""
      return type.contains("4") ? 4 : type.contains("8") ? 8 : nil
    }
  }

  /// Which of a scheme's forms it is.
  private static func form(_ scheme: JSONValue) -> String? {
    switch scheme["quant_method"]?.text {
    case "compressed-tensors"?: return scheme["format"]?.text
    case "bitsandbytes"?:
      return scheme["load_in_8bit"]?.bool == true
        ? "LLM.int8" : scheme["bnb_4bit_quant_type"]?.text?.uppercased()
    case "awq"?: return scheme["version"]?.text?.lowercased()
    case "gptq"?:
      return scheme["checkpoint_format"]?.text.flatMap { $0 == "gptq" ? nil : $0 }
    case "auto-round"?, "intel/auto-round"?: return scheme["packing_format"]?.text
    case "torchao"?:
      return scheme["quant_type"]?["default"]?["_type"]?.text ?? scheme["quant_type"]?.text
    case nil: return scheme["mode"]?.text
    case _?: return nil
    }
  }

  /// What is said of the weights of the first group of layers.
  private static func weights(_ scheme: JSONValue) -> JSONValue? {
    scheme["config_groups"]?.object?.members.first?.value["weights"]
      ?? scheme["quant_config"]?["weight_quant_params"]
      ?? scheme["global_quant_config"]?["weight"]
      ?? scheme["quant_type"]?["default"]?["_data"]
  }

  private static func integer(
    _ keys: [ByteString], _ scheme: JSONValue, _ weights: JSONValue?
  ) -> Int? {
    keys.lazy.compactMap { (scheme[$0] ?? weights?[$0])?.integer }.first { $0 > 0 }
  }

  /// `GPTQ, 4 bits, groups of 32, in the order of activations`.
  package var text: String {
    var parts = [name]
    if let bits { parts.append("\(bits) \(bits == 1 ? "bit" : "bits")") }
    if let groupSize { parts.append("groups of \(groupSize)") }
    return (parts + details).joined(separator: ", ")
  }
}
