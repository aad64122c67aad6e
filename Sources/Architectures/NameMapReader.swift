internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Reads the parts of a name map, and says where one is not what it should be.
struct NameMapReader {
  let source: String

  func fault(_ message: String, hint: String? = nil) -> ModelError {
    ModelError(.invalidRequest, source, message, hint: hint ?? "Specs/name-maps.md has the form")
  }

  func object(_ value: JSONValue, _ what: String) throws(ModelError) -> JSONObject {
    guard let object = value.object else { throw fault("\(what) must be a table of keys") }
    return object
  }

  func members(_ value: JSONValue?, _ what: String) throws(ModelError) -> [JSONObject.Member] {
    guard let value, !value.isNull else { return [] }
    return try object(value, "'\(what)'").members
  }

  func text(_ value: JSONValue?, _ what: String) throws(ModelError) -> String? {
    guard let value, !value.isNull else { return nil }
    guard let text = value.text else { throw fault("'\(what)' must be a string") }
    return text
  }

  func vocabulary(_ name: String) throws(ModelError) -> VocabularyKind {
    switch name {
    case "sentencepiece": return .sentencePiece
    case "byte-pair": return .bytePair
    case "wordpiece": return .wordPiece
    default:
      throw fault(
        "'vocabulary: \(name)' is not known", hint: "sentencepiece, byte-pair or wordpiece")
    }
  }

  /// A key of `config.json` as the family's rules know it: another key's value, or a constant.
  func setting(_ member: JSONObject.Member) throws(ModelError) -> ConfigurationDefault {
    if let path = member.value.text {
      let parts = Self.parts(path)
      var setting = ConfigurationDefault(member.key) { $0.value(at: parts) }
      setting.replaces = true
      return setting
    }
    guard let value = member.value.object?["value"], member.value.object?.count == 1 else {
      throw fault(
        "'\(member.key)' of 'configuration' must be a key of config.json, or {value: …}")
    }
    var setting = ConfigurationDefault(member.key, value)
    setting.replaces = true
    return setting
  }

  /// A key of GGUF's metadata: from keys of `config.json`, or a constant.
  func rule(_ member: JSONObject.Member) throws(ModelError) -> HyperparameterRule {
    let key = Self.key(member.key)
    let fault = fault(
      "'\(member.key)' of 'keys' must be a key of config.json, a list of them, {from: …}, "
        + "{value: …} or null")
    let entry = member.value.object
    for inner in entry?.members ?? [] where !["from", "value", "type"].contains(inner.key) {
      throw fault
    }
    let type = try text(entry?["type"], "type") ?? Self.usualType(of: key)
    guard type.map({ MetadataNumberType(rawValue: $0) != nil }) ?? true else {
      throw self.fault(
        "'\(member.key)' has the unknown type '\(type ?? "")'",
        hint: MetadataNumberType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let number = type.flatMap { MetadataNumberType(rawValue: $0) }
    if let value = entry?["value"] {
      guard let constant = MetadataNumberType.value(value, as: number) else { throw fault }
      return .constant(key, constant)
    }
    let from = entry == nil ? member.value : entry?["from"] ?? .null
    let names = from.text.map { [$0] } ?? from.array?.compactMap(\.text) ?? []
    guard !names.isEmpty, names.count == from.array?.count ?? 1 else { throw fault }
    let paths = names.map(Self.parts)
    let source = source
    return HyperparameterRule(key) { (configuration) throws(ModelError) in
      let found = paths.lazy.compactMap { configuration.value(at: $0) }.first { !$0.isNull }
      guard let found else { return nil }
      guard let value = MetadataNumberType.value(found, as: number) else {
        throw ModelError(
          .invalidMetadata, "config.json",
          "the value for '\(key)' does not fit its type (\(source))")
      }
      return value
    }
  }

  /// A tensor: where it goes and what is done to it.
  func tensor(_ member: JSONObject.Member) throws(ModelError) -> TensorRule {
    let name = member.key.text
    if member.value.isNull { return .unused(name) }
    var outputs: [TensorRule.Output] = []
    for entry in member.value.array ?? [member.value] {
      if let target = entry.text {
        outputs.append(.init(target))
        continue
      }
      guard let object = entry.object, let target = try text(object["to"], "to"),
        object.members.allSatisfy({ ["to", "do"].contains($0.key) })
      else {
        throw fault(
          "'\(name)' of 'tensors' must be a GGUF name, {to: …, do: […]}, a list of these, or null")
      }
      let steps = object["do"].map { $0.array ?? [$0] } ?? []
      outputs.append(
        .init(
          target, try steps.map { (step) throws(ModelError) in try change(step, name) }))
    }
    return TensorRule(name, outputs: outputs)
  }

  private func change(_ step: JSONValue, _ name: String) throws(ModelError) -> TensorChange {
    let words = step.text?.split(separator: " ").map(String.init) ?? []
    switch (words.first, words.dropFirst().first, words.count) {
    case ("transpose", nil, 1): return .transpose
    case ("squeeze", nil, 1): return .squeeze
    case ("ungroup", nil, 1): return .ungroupHeads
    case ("negative-exponential", nil, 1): return .negativeExponential
    case ("permute", "query", 2): return .permuteQuery
    case ("permute", "key", 2): return .permuteKey
    case ("add", let text?, 2):
      if let number = Float(text) { return .add(number) }
    case ("part", let text?, 2):
      let parts = text.split(separator: "/").compactMap { Int($0) }
      if parts.count == 2, parts[1] > 0, (0..<parts[1]).contains(parts[0]) {
        return .part(parts[0], of: parts[1])
      }
    case ("every-second", let text?, 2):
      if let first = Int(text), (0...1).contains(first) { return .everySecond(from: first) }
    default: break
    }
    throw fault(
      "'\(words.joined(separator: " "))' of '\(name)' is no step that is known",
      hint: "transpose, squeeze, ungroup, negative-exponential, permute query, permute key, "
        + "add NUMBER, part 0/3, every-second 0")
  }

  /// A key with its prefix: `context_length` belongs to the architecture.
  static func key(_ key: ByteString) -> String {
    let text = key.text
    let isWhole = ["general.", "tokenizer.", "{arch}."].contains { text.hasPrefix($0) }
    return isWhole ? text : "{arch}." + text
  }

  /// `a.b` is the member `b` of the member `a`.
  private static func parts(_ path: String) -> [ByteString] {
    path.split(separator: ".").map { ByteString(String($0)) }
  }

  /// The type of keys that llama.cpp reads as floats even where a model writes an integer.
  private static func usualType(of key: String) -> String? {
    let floats = [
      "epsilon", "freq_base", "freq_base_swa", "scale", "factor", "clamp_kqv", "max_alibi_bias",
      "softcapping", "multiplier",
    ]
    return floats.contains { key.hasSuffix($0) } ? "f32" : nil
  }
}
