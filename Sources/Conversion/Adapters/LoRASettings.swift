internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR
internal import WeighbridgeTokenizers

/// What an `adapter_config.json` says.
struct LoRASettings {
  /// `lora_alpha`.
  let alpha: Double
  /// Whether ranks count by their root (`use_rslora`).
  let usesRoot: Bool
  /// Whether layers are stored inputs by outputs.
  let isFanInFanOut: Bool
  /// Whether rows get lengths of their own (`use_dora`).
  let usesMagnitudes: Bool
  /// Whether a tied head follows the embeddings (`ensure_weight_tying`).
  let tiesHead: Bool
  private let rank: Int?
  private let alphas: [Rule]
  private let ranks: [Rule]
  private let indices: JSONValue?

  /// A value for the modules whose names a pattern matches.
  private struct Rule {
    let pattern: ScalarPattern
    let value: Double
  }

  /// The way on where an adapter is more than W + factor · B · A.
  static let mergeHint =
    "merge it with PEFT (PeftModel.merge_and_unload, then save_pretrained) and convert the result"

  /// Reads and checks the settings; what changes the computation and is not known here is refused.
  init(_ document: JSONValue) throws(ModelError) {
    try Self.check(document)
    guard let alpha = document["lora_alpha"]?.double else {
      throw ModelError(.missingMetadata, "adapter_config.json", "'lora_alpha' is missing")
    }
    self.alpha = alpha
    rank = document["r"]?.integer
    usesRoot = document["use_rslora"]?.bool ?? false
    usesMagnitudes = document["use_dora"]?.bool ?? false
    isFanInFanOut = document["fan_in_fan_out"]?.bool ?? false
    tiesHead = document["ensure_weight_tying"]?.bool ?? false
    alphas = try Self.rules(document, "alpha_pattern")
    ranks = try Self.rules(document, "rank_pattern")
    indices = document["trainable_token_indices"]
  }

  private static func check(_ document: JSONValue) throws(ModelError) {
    func refuse(_ message: String, _ hint: String = mergeHint) -> ModelError {
      ModelError(.unsupportedEncoding, "adapter_config.json", message, hint: hint)
    }
    let kind = document["peft_type"]?.text ?? "LORA"
    guard kind == "LORA" else { throw refuse("adapters of kind '\(kind)' are not known") }
    // PEFT takes a part out of the base weights when it loads these (tuners/lora/layer.py).
    if let start = document["init_lora_weights"]?.text?.lowercased(),
      ["pissa", "corda", "olora", "loftq"].contains(where: { start.hasPrefix($0) })
    {
      throw refuse(
        "it was started from the weights themselves ('init_lora_weights' is '\(start)'), so it belongs "
          + "to a base that PEFT changes on loading",
        "PEFT writes a plain adapter with save_pretrained(path, path_initial_model_for_weight_conversion=…)"
      )
    }
    if let layers = document["layer_replication"], !layers.isNull {
      throw refuse("it repeats layers of its base ('layer_replication')")
    }
    if let names = document["target_parameters"]?.array, !names.isEmpty {
      let list = names.compactMap(\.text).joined(separator: ", ")
      throw refuse("it adapts parameters by name ('target_parameters': \(list))")
    }
    if document["lora_bias"]?.bool == true { throw refuse("its B has a bias ('lora_bias')") }
    for key: ByteString in ["use_qalora", "use_bdlora"] where document[key]?.bool == true {
      throw refuse("'\(key)' is not known")
    }
    for key: ByteString in [
      "alora_invocation_tokens", "arrow_config", "kasa_config", "monteclora_config",
    ] {
      guard let value = document[key], !value.isNull else { continue }
      throw refuse(
        "'\(key)' makes it depend on the text or change on loading; that is not supported")
    }
  }

  /// PEFT's `get_pattern_key`: `re.match(rf"(.*\.)?({key})$", module)`.
  private static func rules(_ document: JSONValue, _ key: ByteString) throws(ModelError) -> [Rule] {
    var rules: [Rule] = []
    for member in document[key]?.object?.members ?? [] {
      guard let value = member.value.double else {
        throw ModelError(
          .invalidMetadata, "adapter_config.json", "'\(key)' of '\(member.key)' is not a number")
      }
      do {
        rules.append(
          Rule(pattern: try ScalarPattern("(.*\\.)?(\(member.key.text))$"), value: value))
      } catch {
        throw ModelError(
          .invalidMetadata, "adapter_config.json",
          "'\(member.key)' in '\(key)' is not a regular expression: \(error.message)")
      }
    }
    return rules
  }

  /// The value of the first rule whose pattern matches a module's whole name.
  private static func value(_ rules: [Rule], _ name: ByteString) -> Double? {
    guard !rules.isEmpty else { return nil }
    let module = name.hasSuffix(".weight") ? String(name.text.dropLast(7)) : name.text
    let scalars = module.unicodeScalars.map(\.value)
    return rules.first { $0.pattern.match(scalars.span, at: 0) == scalars.count }?.value
  }

  /// Alpha of a tensor; throws where its rank is not the one that the configuration gives it.
  func alpha(of name: ByteString, rank found: Int) throws(ModelError) -> Double {
    if let wanted = Self.value(ranks, name) ?? rank.map(Double.init), wanted != Double(found) {
      throw ModelError(
        .shapeMismatch, "tensor '\(name)'",
        "its rank is \(found), by adapter_config.json \(Int(exactly: wanted).map { "\($0)" } ?? "\(wanted)")"
      )
    }
    return Self.value(alphas, name) ?? alpha
  }

  /// The tokens whose rows an adapter replaces.
  func tokens(of name: ByteString) throws(ModelError) -> [Int] {
    let module = name.hasSuffix(".weight") ? String(name.text.dropLast(7)) : name.text
    let list =
      indices?.array
      ?? indices?.object?.members.first {
        module == $0.key.text || module.hasSuffix("." + $0.key.text)
      }?.value.array
    let ids = list?.compactMap(\.integer) ?? []
    guard let list, !list.isEmpty, ids.count == list.count, ids.allSatisfy({ $0 >= 0 }) else {
      throw ModelError(
        .invalidMetadata, "adapter_config.json",
        "'trainable_token_indices' does not list the tokens of '\(module)'")
    }
    return ids
  }
}
