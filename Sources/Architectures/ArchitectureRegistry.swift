public import JSON
public import ModelIR

/// Every family.
///
/// A new one is a file in `Families/` and a line here.
public enum ArchitectureRegistry {
  /// All families.
  public static let all: [Architecture] = [
    .llama, .mistral, .mixtral,
  ]

  /// The family of a parsed `config.json`.
  public static func find(_ document: JSONValue) throws(ModelError) -> Architecture {
    let names = Configuration.names(in: document)
    for name in names.reversed() {
      if let found = all.first(where: { $0.configurationNames.contains(name) }) { return found }
    }
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

  /// The family with a name as in `general.architecture`.
  public static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }
}
