package import WeighbridgeModelIR

extension ArchitectureRegistry {
  /// What a wrong name fails with.
  ///
  /// The compiler does not count an error that is only thrown as a use of the import.
  package typealias Failure = ModelError

  /// The class that a user names for `--as`: a class as in `config.json`, or GGUF's name of a family.
  package static func className(_ name: String) throws(ModelError) -> String {
    let converting = all.filter { $0.converts && !$0.configurationNames.isEmpty }
    if let family = converting.first(where: { $0.configurationNames.contains(name) }) {
      return family.configurationNames.contains(name) ? name : family.configurationNames[0]
    }
    if let family = converting.first(where: { $0.name == name }) {
      return family.configurationNames[0]
    }
    throw ModelError(
      .invalidRequest, "--as", "'\(name)' is no class or family that is known here",
      hint: "convert --architectures lists all")
  }
}

extension ProjectorRegistry {
  /// The projector with a name, or of a class; nil where none is known.
  package static func named(_ name: String) -> Projector? {
    all.first { $0.configurationNames.contains(name) } ?? all.first { $0.name == name }
  }
}
