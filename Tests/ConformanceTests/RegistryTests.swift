import Foundation
import TestSupport
import Testing

/// Kinds are data: what a file declares stands in the list of its kind, or nobody can reach it.
@Suite struct RegistryTests {
  /// A kind of thing that is added as a file and a line in a list.
  struct Kind: Sendable, CustomTestStringConvertible {
    /// The folder with the files.
    let folder: String
    /// How a file declares one; the first group is its name.
    let declaration: String
    /// The file with the list; nil where each file has one.
    let list: String?
    /// What stands around the name in the list, as expressions.
    let reference: (before: String, after: String)
    /// How many there are at least: the expression has not gone blind.
    let least: Int
    var testDescription: String { folder }
  }

  private static let kinds = [
    Kind(
      folder: "Architectures/Families",
      declaration: #"static let (\w+) = (?:Architecture|\w+\.with|\w+(?:Family|Four|Hybrid))\("#,
      list: "Architectures/ArchitectureRegistry.swift", reference: (#"\."#, #"\b"#), least: 100),
    Kind(
      folder: "Architectures/Projectors/Families", declaration: #"static let (\w+) = Projector\("#,
      list: "Architectures/Projectors/ProjectorRegistry.swift", reference: (#"\."#, #"\b"#),
      least: 20),
    Kind(
      folder: "Encodings/Table", declaration: #"static let (\w+) = Encoding\("#, list: nil,
      reference: (#"\."#, #"\b"#), least: 40),
    Kind(
      folder: "Conversion/Recipes", declaration: #"static let (\w+) = Recipe\("#,
      list: "Conversion/Recipes/RecipeRegistry.swift", reference: (#"\."#, #"\b"#), least: 35),
    Kind(
      folder: "Checkpoints/Sources", declaration: #"enum (\w+): QuantizedSource\b"#,
      list: "Checkpoints/Sources/QuantizedSource.swift", reference: (#"\b"#, #"\.self\b"#), least: 8
    ),
    Kind(
      folder: "WeighbridgeCommand/Commands", declaration: #"struct (\w+): ParsableCommand\b"#,
      list: "WeighbridgeCommand/Main.swift", reference: (#"\b"#, #"\.self\b"#), least: 18),
  ]

  @Test(arguments: kinds) func whatIsDeclaredIsListed(_ kind: Kind) throws {
    let sources = SharedData.packageFolder + "/Sources/"
    let declaration = try Regex(kind.declaration)
    let list = try kind.list.map { try TestFiles.text(sources + $0) }
    var found = 0
    for file in TestFiles.names(in: sources + kind.folder, suffix: ".swift") {
      let text = try TestFiles.text(sources + kind.folder + "/" + file)
      for match in text.matches(of: declaration) {
        let name = String(match.output[1].substring ?? "")
        let reference = try Regex(kind.reference.before + name + kind.reference.after)
        #expect((list ?? text).contains(reference), "\(file): \(name) is in no list")
        found += 1
      }
    }
    #expect(found >= kind.least, "\(found) in \(kind.folder)")
  }
}
