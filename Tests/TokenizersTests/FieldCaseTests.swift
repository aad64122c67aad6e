import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeTokenizers

/// Small tokenizers of every kind beside the reference libraries (`Fixtures/tokenizers/make.py`), and what
/// GGUF's entries say of them.
@Suite struct FieldCaseTests {
  private static func document() throws -> JSONValue {
    try JSONValue.read(FileSource(path: SharedData.fixture("tokenizers/cases.json")))
  }

  private static func files(_ entry: JSONValue) throws -> TokenizerFiles {
    var files = TokenizerFiles(folder: entry["name"]?.text ?? "")
    if entry["kind"]?.text == "pieces" {
      files.sentencePiece = try #require(decodedBase64(entry["model"]?.string?.bytes ?? []))
    } else {
      files.tokenizer = entry["model"]
    }
    return files
  }

  private static func structured(_ name: String) throws -> TokenizerFiles {
    let entries = try document()["cases"]?.array ?? []
    return try files(#require(entries.first { $0["name"]?.text == name }))
  }

  @Test func everyTextIsCutAsByTheReference() throws {
    var lines = 0
    for entry in try Self.document()["cases"]?.array ?? [] {
      let name = try #require(entry["name"]?.text)
      let files = try Self.files(entry)
      let encode: ([UInt8]) -> [TokenID]
      if let tokenizer = files.tokenizer {
        let structured = try StructuredTokenizer(tokenizer)
        encode = { structured.encode($0, addSpecial: false) }
      } else {
        let named = try TextTokenizer.make(#require(try ImportedVocabulary(files)).metadata)
        let pieces = try #require(SentencePieceTokenizer(files, named))
        encode = { pieces.encode($0, addSpecial: false) }
      }
      for (text, ids) in zip(entry["texts"]?.array ?? [], entry["ids"]?.array ?? []) {
        let bytes = try #require(text.string?.bytes)
        let expected = (ids.array ?? []).compactMap { $0.integer.map { TokenID($0) } }
        #expect(encode(bytes) == expected, "\(name): \(text)")
        lines += 1
      }
    }
    #expect(lines > 240)
  }

  @Test func normalFormsHoldMarksThatDecompose() throws {
    for form in try Self.document()["normalized"]?.object?.members ?? [] {
      let step = try #require(try NormalizationStep.steps(["type": .string(form.key)]).first)
      for pair in form.value.array ?? [] {
        let parts = (pair.array ?? []).compactMap(\.text)
        try #require(parts.count == 2)
        let (text, expected) = (parts[0], parts[1])
        #expect(
          step.apply(text.unicodeScalars.map(\.value)) == expected.unicodeScalars.map(\.value),
          "\(form.key) \(text.unicodeScalars.map(\.value))")
      }
    }
  }

  @Test(arguments: [("no space before a text", false), ("a space before a text", true)])
  func theSpaceBeforeATextIsProven(_ name: String, _ isAdded: Bool) throws {
    let files = try Self.structured(name)
    let found = try #require(try ImportedVocabulary(files))
    #expect(found.metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true == isAdded)
    let named = try TextTokenizer.make(found.metadata)
    let structured = try StructuredTokenizer(#require(files.tokenizer))
    for text in ["hello world", "helloworld", " hello"] {
      let bytes = Array(text.utf8)
      #expect(
        named.encode(bytes, addSpecial: false) == structured.encode(bytes, addSpecial: false))
    }
  }

  @Test func aUnigramWithoutAnEndSaysSo() throws {
    let found = try #require(try ImportedVocabulary(Self.structured("Unigram 0")))
    #expect(found.metadata["tokenizer.ggml.add_eos_token"]?.bool == false)
  }

  @Test func symbolsOfTheTrainerAreUserDefined() throws {
    for entry in try Self.document()["cases"]?.array ?? [] where entry["kind"]?.text == "pieces" {
      let files = try Self.files(entry)
      let file = try SentencePieceFile(#require(files.sentencePiece), in: "")
      guard file.algorithm == .bytePair else { continue }
      let found = try #require(try ImportedVocabulary(files)).metadata
      let kinds = try #require(found["tokenizer.ggml.token_type"]?.array?.integers)
      #expect(kinds == file.pieces.map { Int($0.kind.rawValue) })
      let adds = file.addsSpacePrefix && !file.addsSpaceBehind
      #expect(found["tokenizer.ggml.add_space_prefix"]?.bool ?? true == adds)
    }
  }

  @Test func twoTokensOfOneTextAreRefusedAndFillersMakeRoom() throws {
    func metadata(_ texts: [ByteString], _ kinds: [Int32]) -> Metadata {
      var metadata = Metadata()
      metadata["tokenizer.ggml.tokens"] = .array(.strings(texts))
      metadata["tokenizer.ggml.token_type"] = .array(.int32(kinds))
      return metadata
    }
    var twice = metadata(["a", "b", "a"], [1, 1, 1])
    #expect(throws: ModelError.self) { try DistinctTokens.enforce(in: &twice, folder: "x") }
    var filled = metadata(["[PAD2]", "b", "[PAD2]"], [1, 1, 5])
    try DistinctTokens.enforce(in: &filled, folder: "x")
    #expect(filled["tokenizer.ggml.tokens"]?.array?.strings == ["[PAD2]", "b", "[PAD2]_"])
  }

  @Test func aTemplateOfItsOwnCountsBeforeAStaleKey() {
    func template(_ change: (inout TokenizerFiles) -> Void) -> String? {
      var files = TokenizerFiles(folder: "x")
      files.configuration = ["chat_template": "KEY"]
      change(&files)
      var metadata = Metadata()
      ChatTemplates(files).write(to: &metadata)
      return metadata["tokenizer.chat_template"]?.string?.text
    }
    #expect(template { _ in } == "KEY")
    #expect(template { $0.chatTemplate = "FILE" } == "FILE")
    #expect(template { $0.processorTemplate = "PROCESSOR" } == "KEY")
    #expect(
      template {
        $0.processorTemplate = "PROCESSOR"
        $0.configuration = [:]
      } == "PROCESSOR")
    #expect(
      template {
        $0.chatTemplate = "FILE"
        $0.configuration = nil
      } == "FILE")
  }

  @Test func aPlainEndOfSentenceIsNoControlTokenBesideToolResponses() throws {
    func kind(_ texts: [ByteString]) throws -> Vocabulary.Kind {
      var metadata = Metadata()
      metadata["tokenizer.ggml.tokens"] = .array(.strings(texts))
      metadata["tokenizer.ggml.token_type"] = .array(
        .int32([Int32](repeating: 1, count: texts.count)))
      return try Vocabulary(metadata, defaults: .init()).kinds[0]
    }
    #expect(try kind(["</s>", "a"]) == .control)
    #expect(try kind(["</s>", "<|tool_response>"]) == .normal)
  }

  @Test func anEmptyTokenEndsWhispersFile() throws {
    // Ranks 0 to 255 are the bytes, and the last line has no token: "= 256".
    let lines = (0..<256).map {
      "\(String(decoding: encodedBase64([UInt8($0)]), as: UTF8.self)) \($0)"
    }
    var files = TokenizerFiles(folder: "x")
    files.sentencePiece = Array((lines + ["= 256"]).joined(separator: "\n").utf8)
    let found = try #require(try ImportedVocabulary(files))
    let tokens = try #require(found.metadata["tokenizer.ggml.tokens"]?.array?.strings)
    #expect(tokens.count == 257)
    #expect(tokens[256] == "[PAD256]")
    let named = try TextTokenizer.make(found.metadata)
    #expect(named.encode("hi", addSpecial: false) == [104, 105])
  }
}
