import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeGGUF
import WeighbridgeModelIR

@testable import WeighbridgeTokenizers

/// llama.cpp's vocabulary files and the tokens that it makes of hard texts.
struct VocabularyTests {
  /// Every vocabulary with texts beside it.
  static let names: [String] = {
    guard let tree = try? DirectoryTree(path: SharedData.path("gguf/vocab")) else { return [] }
    return tree.names.filter { $0.hasSuffix(".gguf.inp") }
      .map { String($0.dropFirst("ggml-vocab-".count).dropLast(".gguf.inp".count)) }
  }()

  @Test(.enabled(if: SharedData.isPresent))
  func vocabulariesAreThere() { #expect(Self.names.count >= 8) }

  @Test(.enabled(if: SharedData.isPresent), arguments: names)
  func everyTextHasTheTokensOfTheReference(_ name: String) throws {
    let path = SharedData.path("gguf/vocab/ggml-vocab-\(name).gguf")
    let tokenizer = try TextTokenizer.make(try metadata(path))
    let texts = split(try bytes(path + ".inp"), at: Array("\n__ggml_vocab_test__\n".utf8))
    let lines = split(try bytes(path + ".out"), at: [0x0a])
    #expect(texts.count >= 40)
    var equal = 0
    defer { print("\(name): \(texts.count) lines, \(equal) equal") }
    for (index, text) in texts.enumerated() {
      let expected = String(decoding: lines[index], as: UTF8.self)
        .split(separator: " ").compactMap { TokenID($0) }
      let tokens = tokenizer.encode(text, addSpecial: false)
      if tokens == expected { equal += 1 }
      #expect(
        tokens == expected,
        "\(name) \(index): \(String(decoding: text, as: UTF8.self).debugDescription)")
      if name != "bert-bge" {
        #expect(tokenizer.decode(tokens) == text, "\(name) \(index) does not come back")
      }
    }
  }

  @Test(.enabled(if: SharedData.isPresent), arguments: ["llama-spm", "llama-bpe", "gpt-2"])
  func aLongTextIsCutInWellUnderASecond(_ name: String) throws {
    let tokenizer = try TextTokenizer.make(
      try metadata(SharedData.path("gguf/vocab/ggml-vocab-\(name).gguf")))
    let text = try bytes(SharedData.path("text/wiki.test.raw"))
    let clock = ContinuousClock()
    var tokens: [TokenID] = []
    let time = clock.measure { tokens = tokenizer.encode(text) }
    print("\(name): \(text.count) bytes, \(tokens.count) tokens in \(time)")
    #expect(time < .seconds(2))
    #expect(tokenizer.decode(tokens) == text)
  }

  private func metadata(_ path: String) throws -> Metadata {
    let slash = try #require(path.lastIndex(of: "/"))
    let tree = try DirectoryTree(path: String(path[..<slash]))
    let name = String(path[path.index(after: slash)...])
    return try GGUF.open(name, in: tree, limits: .default).metadata
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    let source = try FileSource(path: path)
    return try source.readPrefix(Int(source.byteCount))
  }

  private func split(_ bytes: [UInt8], at separator: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = []
    var start = 0
    var position = 0
    while position + separator.count <= bytes.count {
      if bytes[position..<position + separator.count].elementsEqual(separator) {
        parts.append(Array(bytes[start..<position]))
        position += separator.count
        start = position
      } else {
        position += 1
      }
    }
    parts.append(Array(bytes[start...]))
    return parts
  }
}
