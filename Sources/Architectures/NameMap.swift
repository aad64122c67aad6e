internal import WeighbridgeByteIO
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// Names and keys of an architecture that the user describes, in the form of `Specs/name-maps.md`.
///
/// What a map says goes before the rules of the family it is `like`; what it does not say follows them.
package struct NameMap: Sendable {
  let source: String
  let architecture: String?
  let like: String?
  let vocabulary: VocabularyKind?
  let settings: [ConfigurationDefault]
  let keys: [HyperparameterRule]
  let removedKeys: [String]
  let tensors: [TensorRule]

  private static let sections: [ByteString] = [
    "architecture", "like", "vocabulary", "configuration", "keys", "tensors",
  ]

  /// Reads a parsed document; `source` is what to call it in an error.
  package init(_ document: JSONValue, in source: String) throws(ModelError) {
    let reader = NameMapReader(source: source)
    let object = try reader.object(document, "the map")
    for member in object.members where !Self.sections.contains(member.key) {
      throw reader.fault(
        "'\(member.key)' is no part of a name map",
        hint: "parts: " + Self.sections.map(\.text).joined(separator: ", "))
    }
    self.source = source
    self.architecture = try reader.text(object["architecture"], "architecture")
    self.like = try reader.text(object["like"], "like")
    self.vocabulary = try reader.text(object["vocabulary"], "vocabulary").map {
      (name) throws(ModelError) in try reader.vocabulary(name)
    }
    self.settings = try reader.members(object["configuration"], "configuration").map {
      (member) throws(ModelError) in try reader.setting(member)
    }
    let keys = try reader.members(object["keys"], "keys")
    self.removedKeys = keys.filter { $0.value.isNull }.map { NameMapReader.key($0.key) }
    self.keys = try keys.filter { !$0.value.isNull }.map {
      (member) throws(ModelError) in try reader.rule(member)
    }
    self.tensors = try reader.members(object["tensors"], "tensors").map {
      (member) throws(ModelError) in try reader.tensor(member)
    }
  }

  /// The family that the map describes, for a model whose `config.json` speaks of `known`, if any.
  package func architecture(over known: Architecture?) throws(ModelError) -> Architecture {
    var base = known
    if let like {
      guard let named = ArchitectureRegistry.named(like), named.converts else {
        throw ModelError(
          .invalidRequest, source, "'like: \(like)' is no architecture that is known here",
          hint: ArchitectureRegistry.all.filter(\.converts).map(\.name).joined(separator: ", "))
      }
      base = named
    }
    guard let name = architecture ?? base?.name else {
      throw ModelError(
        .invalidRequest, source, "'architecture' is missing: what should general.architecture be?",
        hint: "name the family that llama.cpp should run it as, or say 'like: llama'")
    }
    let inherited = base?.hyperparameters ?? HyperparameterRule.common
    let changed = Set(keys.map(\.key))
    var rules = inherited.filter { !removedKeys.contains($0.key) }.map { rule in
      keys.first { $0.key == rule.key } ?? rule
    }
    rules += keys.filter { key in changed.contains(key.key) && !rules.contains { $0.key == key.key }
    }
    return Architecture(
      name: name, configurationNames: base?.configurationNames ?? [],
      defaults: settings + (base?.defaults ?? []), hyperparameters: rules,
      tensors: tensors + (base?.tensors ?? []), generated: base?.generated ?? [],
      closing: base?.closing ?? [], vocabulary: vocabulary ?? base?.vocabulary ?? .bytePair)
  }
}
