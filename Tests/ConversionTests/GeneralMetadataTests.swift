import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Model ids and model cards, beside what gguf-py makes of them (Fixtures/conversion/make.py).
@Suite struct GeneralMetadataTests {
  private static func rows(_ name: String) throws -> [JSONValue] {
    let document = try JSONValue.read(
      FileSource(path: SharedData.fixture("conversion/\(name)")))
    return try #require(document.array)
  }

  @Test func idsAreTakenApart() throws {
    for row in try Self.rows("names.json") {
      let id = try #require(row["id"]?.text)
      let parts = ModelNameParts(id, parameters: row["parameters"]?.integer ?? 0)
      let found = [
        parts.name, parts.organization, parts.baseName, parts.finetune, parts.version,
        parts.sizeLabel,
      ]
      let expected = row["parts"]?.array?.map(\.text)
      #expect(found == expected, "\(id) of \(row["parameters"]?.integer ?? 0) parameters")
      #expect(ModelNameParts.title(parts.name ?? "") == row["title"]?.text, "\(id)")
    }
  }

  @Test func cardsAreRead() throws {
    for row in try Self.rows("cards.json") {
      let name = try #require(row["name"]?.text)
      let source = GeneralMetadata.Source(
        card: ModelCard(row["card"]?.text ?? "", in: name), folder: row["folder"]?.text ?? "",
        parameters: ParameterCount(total: row["parameters"]?.integer ?? 0))
      let general = try GeneralMetadata(source, CanonicalOptions())
      #expect(general.problems.isEmpty, "\(name)")
      let expected = try #require(row["expected"]?.array)
      let keys = expected.compactMap { $0.array?.first?.string }
      #expect(general.entries.map(\.key) == keys, "\(name)")
      for (entry, pair) in zip(general.entries, expected) {
        #expect(Golden.matches(entry.value, pair.array?.last ?? .null), "\(name): \(entry)")
      }
    }
  }

  @Test(arguments: ["---\na: [\n---\n", "---\n- a\n---\n", "---\na: 1\na: 2\n---\n"])
  func aCardThatIsNotUnderstoodIsLeftOut(_ text: String) throws {
    let source = GeneralMetadata.Source(
      card: ModelCard(text, in: "README.md"), folder: "x", parameters: ParameterCount(total: 0))
    let general = try GeneralMetadata(source, CanonicalOptions())
    #expect(general.problems.map(\.code) == ["model-card"])
    #expect(general.entries.map(\.key) == ["general.name"])
  }

  /// The Norway problem: what YAML 1.1 takes for a truth value is a language.
  @Test func norwegianIsALanguage() throws {
    let card = ModelCard("---\nlanguage: no\ntags: [yes, 1.5, 7]\n---\n", in: "")
    let source = GeneralMetadata.Source(
      card: card, folder: "x", parameters: ParameterCount(total: 0))
    let entries = try GeneralMetadata(source, CanonicalOptions()).entries
    #expect(entries.last?.value == .array(.strings(["no"])))
    #expect(entries.dropLast().last?.value == .array(.strings(["yes", "1.5", "7"])))
  }

  @Test func whatTheUserSaysCounts() throws {
    let card = ModelCard("---\nlicense: mit\nname: Card\nauthor: Card\ntags: [a]\n---\n", in: "")
    let source = GeneralMetadata.Source(
      card: card, folder: "x", parameters: ParameterCount(total: 0))
    var options = CanonicalOptions()
    options.metadata = [
      "general.name": "File", "general.license": "gpl-3.0", "general.url": "https://u",
      "general.sampling.temp": 0.5, "general.sampling.top_k": 40,
      "general.base_models": [["name": "B", "repo_url": "https://r"]], "general.datasets": ["o/d"],
      "llama.context_length": 7, "general.nonsense": "x",
    ]
    let flags: JSONValue = ["name": "Flag", "version": "v3", "languages": ["en", "fr"]]
    options.authorship = try #require(flags.object)
    let general = try GeneralMetadata(source, options)
    #expect(general.problems.map(\.place) == ["llama.context_length", "general.nonsense"])
    var metadata = Metadata()
    general.write(to: &metadata)
    let expected: [(ByteString, MetadataValue)] = [
      ("general.sampling.top_k", .int32(40)), ("general.sampling.temp", .float32(0.5)),
      ("general.name", .string("Flag")), ("general.author", .string("Card")),
      ("general.version", .string("v3")), ("general.license", .string("gpl-3.0")),
      ("general.url", .string("https://u")), ("general.base_model.count", .uint32(1)),
      ("general.base_model.0.name", .string("B")),
      ("general.base_model.0.repo_url", .string("https://r")),
      ("general.dataset.count", .uint32(1)), ("general.dataset.0.name", .string("D")),
      ("general.dataset.0.organization", .string("O")),
      ("general.dataset.0.repo_url", .string("https://huggingface.co/o/d")),
      ("general.tags", .array(.strings(["a"]))),
      ("general.languages", .array(.strings(["en", "fr"]))),
    ]
    #expect(metadata.entries.map(\.key) == expected.map(\.0))
    for (key, value) in expected { #expect(metadata[key] == value, "\(key)") }
    options.metadata = ["a list"]
    #expect(throws: ModelError.self) { try GeneralMetadata(source, options) }
  }
}
