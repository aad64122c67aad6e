import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Heads against what the configuration says of them.
///
/// transformers 5 ties the two only where one of them
/// is not stored, or where they are equal.
@Suite(.enabled(if: SharedData.isPresent)) struct HeadTests {
  /// A checkpoint of the zoo with other tensors and `tie_word_embeddings`.
  private static func checkpoint(
    _ name: String, ties: JSONValue?, class newClass: String? = nil,
    _ change: (inout [Tensor]) throws -> Void
  ) throws -> Model {
    var keys: [(key: ByteString, value: JSONValue?)] = [("tie_word_embeddings", ties)]
    if let newClass { keys.append(("architectures", .array([JSONValue(newClass)]))) }
    return try ChangedCheckpoint.open(
      keys, of: SharedData.path("zoo/\(name)/hf"), tensors: change)
  }

  /// The embeddings under the head's name, the first of their bytes changed or not.
  private static func head(like tensors: [Tensor], differs: Bool) throws -> Tensor {
    let embeddings = try #require(
      tensors.first {
        $0.name.hasSuffix("embed_tokens.weight") || $0.name.hasSuffix("word_embeddings.weight")
      })
    var bytes = try embeddings.payload.readBytes(rows: 0..<embeddings.layout.rowCount)
    if differs { bytes[0] ^= 1 }
    let payload = try #require(MemoryPayload(embeddings.layout, bytes))
    return Tensor(name: "lm_head.weight", payload: payload)
  }

  private static func converted(
    _ model: Model, accepting keys: Set<String> = [],
    for purpose: CanonicalOptions.Purpose = .conversion
  ) throws -> Model {
    var options = CanonicalOptions()
    options.acceptedKeys = keys
    options.purpose = purpose
    return try CanonicalModel.make(model, options)
  }

  private static func hasHead(_ model: Model) -> Bool {
    model.tensors.contains { $0.name == "output.weight" }
  }

  @Test(arguments: ["gemma", "gemma2", "command-r", "cohere2"])
  func aHeadThatReadersDoNotKnowIsRefusedOrAccepted(_ name: String) throws {
    let model = try Self.checkpoint(name, ties: true) {
      $0.append(try Self.head(like: $0, differs: true))
    }
    #expect(try Self.hasHead(Self.converted(model, for: .computation)))
    let error = #expect(throws: ConversionError.self) { try Self.converted(model) }
    #expect(error?.description.contains("tie_word_embeddings") == true)
    let without = try Self.converted(model, accepting: ["tie_word_embeddings"])
    #expect(!Self.hasHead(without))
    #expect(without.problems.contains { $0.code == "beyond-gguf" })
  }

  @Test(arguments: ["gemma", "gemma2", "command-r", "cohere2", "bloom"])
  func aCopyOfTheEmbeddingsIsLeftOut(_ name: String) throws {
    let model = try Self.checkpoint(name, ties: true) {
      $0.append(try Self.head(like: $0, differs: false))
    }
    let result = try Self.converted(model)
    #expect(!Self.hasHead(result))
    #expect(!result.problems.contains { $0.code == "own-head" || $0.code == "beyond-gguf" })
  }

  @Test(arguments: ["bloom", "llama", "qwen2", "gemma3"])
  func aHeadOfItsOwnIsKeptAndSaid(_ name: String) throws {
    let model = try Self.checkpoint(name, ties: true) { tensors in
      tensors.removeAll { $0.name == "lm_head.weight" }
      tensors.append(try Self.head(like: tensors, differs: true))
    }
    let result = try Self.converted(model)
    #expect(Self.hasHead(result))
    #expect(result.problems.contains { $0.code == "own-head" })
  }

  @Test func aMissingHeadIsRefusedOrAccepted() throws {
    func without(_ ties: JSONValue?, _ newClass: String? = nil) throws -> Model {
      try Self.checkpoint("llama", ties: ties, class: newClass) { tensors in
        tensors.removeAll { $0.name == "lm_head.weight" }
      }
    }
    #expect(throws: ConversionError.self) { try Self.converted(without(false)) }
    for model in [try without(nil), try without(false, "LlamaModel")] {
      let problems = try Self.converted(model).problems
      #expect(problems.contains { $0.code == "missing-head" })
    }
    let accepted = try Self.converted(without(false), accepting: ["tie_word_embeddings"])
    #expect(accepted.problems.contains { $0.code == "missing-head" })
    #expect(try !Self.converted(without(true)).problems.contains { $0.code == "missing-head" })
  }
}

/// Weights that share words and bytes are counted as weights.
@Suite(.enabled(if: SharedData.isPresent)) struct StoredParametersTests {
  @Test func everySchemeHasTheWeightsOfItsSource() throws {
    let root = SharedData.path("quantized-sources")
    let tree = try DirectoryTree(path: root)
    let folders = Set(
      tree.names.filter { $0.hasSuffix("/config.json") }.map { $0.prefix { $0 != "/" } })
    #expect(folders.count > 15)
    for folder in folders.sorted() {
      let model = try Formats.open(path: root + "/" + folder)
      #expect(StoredParameters.count(model) == 312_000, "\(folder)")
    }
  }
}
