internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Schemes whose weights are not read, and what to do about each.
enum RefusedScheme {
  /// What a scheme is called, and why its codes are of no use here.
  private struct Entry {
    let name: String
    let reason: String
  }

  private static let codebooks = "its codes are entries of codebooks that were learned"
  private static let trellis = "its codes are steps through a trellis"

  /// By `quant_method`.
  private static let entries: [String: Entry] = [
    "aqlm": Entry(name: "AQLM", reason: codebooks),
    "vptq": Entry(name: "VPTQ", reason: codebooks),
    "quip": Entry(name: "QuIP#", reason: codebooks),
    "higgs": Entry(
      name: "HIGGS", reason: "its weights are rotated, and codes are those of a lattice"),
    "spqr": Entry(name: "SpQR", reason: "outliers are kept apart from its codes"),
    "exl2": Entry(name: "EXL2", reason: "its layers mix bits and permute their inputs"),
    "exl3": Entry(name: "EXL3", reason: trellis),
    "fp_quant": Entry(name: "FP-Quant", reason: "its weights are rotated"),
    "quanto": Entry(name: "Quanto", reason: "its file keeps tensors of a class of its own"),
    "eetq": Entry(name: "EETQ", reason: "its codes lie in the order of one kind of GPU"),
  ]

  /// Endings of tensors of programs that write no `quantization_config`.
  private static let endings: [(ending: ByteString, method: String)] = [
    (".Qidxs", "quip"), (".q_perm", "exl2"), (".trellis", "exl3"),
  ]

  /// What to say of a scheme that nothing here reads.
  static func error(_ scheme: JSONValue) -> ModelError {
    let method = scheme["quant_method"]?.text?.lowercased() ?? "unknown"
    if let entry = entries[method] { return error(entry) }
    var details = ["checkpoint_format", "packing_format", "format", "version", "quant_algo"]
      .compactMap { key in scheme[ByteString(key)]?.text.map { "\(key) '\($0)'" } }
    if scheme["is_marlin_format"]?.bool == true { details.append("Marlin's order") }
    let known = QuantizedSourceRegistry.all.map { $0.name }.joined(separator: ", ")
    return ModelError(
      .unsupportedEncoding, "config.json",
      "the weights are quantized by '\(method)'"
        + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))") + ", which is not read",
      hint: "start from the original checkpoint; read are " + known)
  }

  /// Refuses tensors that tell the scheme where the configuration does not.
  static func check(_ model: Model) throws(ModelError) {
    for tensor in model.tensors {
      guard let method = endings.first(where: { tensor.name.hasSuffix($0.ending) })?.method,
        let entry = entries[method]
      else { continue }
      throw error(entry)
    }
  }

  private static func error(_ entry: Entry) -> ModelError {
    ModelError(
      .unsupportedEncoding, "config.json",
      "\(entry.name) is not read: \(entry.reason)",
      hint:
        "start from the original checkpoint, or have \(entry.name)'s own program write plain weights"
    )
  }
}
