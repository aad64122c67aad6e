import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeGGUF
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeTokenizers

/// Vendors' tokenizer files on 70 hard texts, beside the tokens that the reference implementations make.
@Suite struct ReferenceTests {
  private struct Row {
    let name: String
    var lines = 0
    /// By the steps of the file itself.
    var direct = 0
    /// By the metadata that GGUF would have.
    var named = 0
    var exported = 0
    var strangers: [Int] = []
  }

  @Test(.enabled(if: SharedData.isPresent))
  func everyTextHasTheTokensOfTheReference() throws {
    let golden = try JSONValue.read(FileSource(path: SharedData.path("tokenizers/golden.json")))
    let texts = try #require(golden["texts"]?.array).compactMap { $0.string?.bytes }
    var rows: [Row] = []
    for member in golden["tokenizers"]?.object?.members ?? [] {
      rows.append(try row(member, texts))
    }
    for row in rows {
      print(
        "\(row.name): \(row.lines) lines, \(row.direct) equal from the file, "
          + "\(row.named) from GGUF metadata, \(row.exported) written again; other: \(row.strangers)"
      )
    }
    #expect(rows.count >= 8)
    for row in rows {
      #expect(row.direct == row.lines, "\(row.name)")
      #expect(row.exported == row.lines, "\(row.name)")
      #expect(row.strangers.isEmpty, "\(row.name)")
    }
  }

  private func row(_ member: JSONObject.Member, _ texts: [[UInt8]]) throws -> Row {
    let name = member.key.text
    let path = name.hasPrefix("../../") ? String(name.dropFirst(6)) : "tokenizers/files/" + name
    let source = try FileSource(path: SharedData.path(path))
    let bytes = try source.readPrefix(Int(source.byteCount))
    var files = TokenizerFiles(folder: name)
    var structured: StructuredTokenizer?
    if name.hasSuffix(".json") {
      let document = try JSONValue.parse(bytes, depth: 64)
      files.tokenizer = document
      structured = try StructuredTokenizer(document)
    } else {
      files.sentencePiece = bytes
    }
    var imported = try #require(try ImportedVocabulary(files))
    // Only the model's name says that spaces after these special tokens belong to them.
    if name.contains("phi-3") { imported.metadata["general.name"] = .string("Phi-3 mini") }
    for note in imported.notes { print("\(name): \(note)") }
    let named = try TextTokenizer.make(imported.metadata)
    let written = try TokenizerExport(imported.metadata).files
    let json = try #require(written.first { $0.name == "tokenizer.json" })
    let again = try StructuredTokenizer(JSONValue.parse(json.bytes, depth: 64))
    var second = TokenizerFiles(folder: name)
    second.sentencePiece = written.first { $0.name == "tokenizer.model" }?.bytes
    let pieces =
      second.sentencePiece == nil
      ? named : try TextTokenizer.make(#require(try ImportedVocabulary(second)).metadata)
    // SentencePiece's own library finds no control tokens in a text.
    let parses = structured != nil
    var row = Row(name: name)
    let plain = try #require(member.value["plain"]?.array)
    for (index, text) in texts.enumerated() {
      let expected = try #require(plain[index].array).compactMap { $0.integer.map { TokenID($0) } }
      row.lines += 1
      let direct =
        structured?.encode(text, addSpecial: false)
        ?? named.encode(text, addSpecial: false, parseSpecial: parses)
      let found = named.encode(text, addSpecial: false, parseSpecial: parses)
      if direct == expected {
        row.direct += 1
      } else {
        print(
          "\(name) \(index): \(String(decoding: text, as: UTF8.self).prefix(60).debugDescription)")
        print("  expected \(expected.prefix(40))\n  direct   \(direct.prefix(40))")
      }
      if found == expected { row.named += 1 } else { row.strangers.append(index) }
      // Hugging Face's own steps replace clusters of characters, SentencePiece the longest prefix: its
      // file comes back as its file.
      let written =
        parses
        ? again.encode(text, addSpecial: false, parseSpecial: true)
        : pieces.encode(text, addSpecial: false, parseSpecial: false)
      if written == found {
        row.exported += 1
      } else {
        print("\(name) \(index): written \(written.prefix(40))\n  GGUF \(found.prefix(40))")
      }
    }
    for (index, special) in (member.value["special"]?.array ?? []).enumerated() {
      let expected = try #require(special.array).compactMap { $0.integer.map { TokenID($0) } }
      #expect(structured?.encode(texts[index]) == expected, "\(name), special \(index)")
    }
    return row
  }
}
