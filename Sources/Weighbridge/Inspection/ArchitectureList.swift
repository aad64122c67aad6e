package import WeighbridgeArchitectures
internal import WeighbridgeByteIO
package import WeighbridgeJSON

/// The classes of checkpoints that are known here, from the registries.
package struct ArchitectureList {
  /// A class as in `config.json`.
  package struct Entry: Hashable, Sendable {
    /// Its name.
    package let className: String
    /// What GGUF calls it: `general.architecture`, or a projector's kind.
    package let architecture: String
    /// Whether it is that of a projector.
    package let isProjector: Bool
    /// Whether the checker runs it.
    package let runs: Bool
    /// What it was compared with.
    package let evidence: ClassEvidence?

    /// What is shown of how it was tested.
    package var tested: String { evidence?.rawValue ?? "-" }
  }

  /// All, text models first, by name.
  package let entries: [Entry]

  /// Lists the registries.
  package init() {
    let texts = ArchitectureRegistry.all.filter(\.converts).flatMap { family in
      family.configurationNames.map { name in
        Entry(
          className: name, architecture: family.name, isProjector: false,
          runs: ArchitectureRegistry.traits(of: family.name) != nil,
          evidence: ClassEvidence.text[name])
      }
    }
    let projectors = ProjectorRegistry.all.flatMap { projector in
      projector.configurationNames.map { name in
        Entry(
          className: name, architecture: projector.name, isProjector: true, runs: false,
          evidence: ClassEvidence.projectors[name])
      }
    }
    entries =
      texts.sorted { $0.className < $1.className }
      + projectors.sorted { $0.className < $1.className }
  }

  /// The document of `convert --architectures --json`.
  package var json: JSONValue {
    [
      "schema": "weighbridge.architectures/1",
      "architectures": .array(
        entries.map {
          [
            "class": JSONValue($0.className), "architecture": JSONValue($0.architecture),
            "kind": JSONValue($0.isProjector ? "projector" : "text"), "runs": .bool($0.runs),
            "tested": $0.evidence.map { JSONValue($0.rawValue) } ?? nil,
          ]
        }),
    ]
  }
}
