package import WeighbridgeJSON
package import WeighbridgeModelIR

/// Every family.
///
/// A new one is a file in `Families/` and a line here.
package enum ArchitectureRegistry {
  /// All families.
  package static let all: [Architecture] = [
    .llama, .mistral, .mixtral, .qwen2, .qwen2MoE, .qwen3, .qwen3MoE, .gemma, .gemma2, .gemma3,
    .phi2, .phi3, .gptOSS, .deepSeek2, .smolLM3, .granite, .graniteMoE, .olmo2, .olmoE, .commandR,
    .cohere2, .stableLM, .starCoder2, .falcon, .gptNeoX, .gpt2, .bloom, .mpt, .glm4, .seedOSS,
    .exaone4, .ernie45, .nemotron, .mamba, .bert, .consolidatedLlama, .gptJ, .starCoder, .mistral3,
  ]

  /// The family of a parsed `config.json`; nil where none of its names is known.
  package static func known(_ document: JSONValue) -> Architecture? {
    Configuration.names(in: document).reversed().lazy.compactMap { name in
      all.first { $0.configurationNames.contains(name) }
    }.first
  }

  /// The family of a parsed `config.json`.
  package static func find(_ document: JSONValue) throws(ModelError) -> Architecture {
    if let found = known(document) { return found }
    let names = Configuration.names(in: document)
    let known = all.flatMap(\.configurationNames).sorted().joined(separator: ", ")
    guard !names.isEmpty else {
      throw ModelError(
        .missingMetadata, "config.json", "'architectures' is missing or empty",
        hint: "known architectures: \(known)")
    }
    throw ModelError(
      .unsupportedArchitecture, "config.json",
      "the architecture '\(names.joined(separator: "', '"))' is not known",
      hint: "known architectures: \(known)")
  }

  /// What models of a name as in `general.architecture` compute; nil where they cannot be run here.
  package static func traits(of name: String) -> DecoderTraits? {
    all.lazy.filter { $0.name.utf8.elementsEqual(name.utf8) }.compactMap(\.traits).first
  }

  /// The family with a name as in `general.architecture`.
  package static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }

  /// The family that a GGUF model is written back as, with its names in transformers; nil where none is
  /// known.
  package static func exporter(
    _ facts: ExportFacts
  ) -> (architecture: Architecture, identity: ConfigurationExport.Identity)? {
    for architecture in all where architecture.name.utf8.elementsEqual(facts.name.utf8) {
      if let identity = architecture.export?.identity(facts) { return (architecture, identity) }
    }
    return nil
  }
}
