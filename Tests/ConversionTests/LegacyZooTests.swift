import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Checkpoints of many architectures, written as the programs of 2023 did, and converted: the tensors
/// must be those that llama.cpp's converter makes of the same checkpoints.
@Suite(.enabled(if: SharedData.isPresent)) struct LegacyZooTests {
  static let architectures = ["gpt2", "gptneox", "mpt", "falcon", "bloom", "bert"]

  @Test(arguments: architectures)
  func givesTheTensorsOfTheReference(architecture: String) throws {
    let zoo = try ZooFile(architecture)
    let model = try zoo.legacyModel()
    #expect(model.metadata["ggml.architecture"]?.string?.text == architecture)
    let result = try LegacyConversion.canonicalModel(model)
    let expected = try #require(zoo.expected["tensors"]?.object)
    for member in expected.members {
      let tensor = try #require(result.tensor(named: member.key), "\(member.key)")
      let shape = member.value["shape"]?.array?.compactMap(\.integer)
      #expect(tensor.layout.shape.dimensions.reversed() == shape)
      #expect(tensor.layout.encoding.name == member.value["type"]?.text)
      let bytes = try tensor.payload.readBytes(rows: 0..<tensor.layout.rowCount)
      #expect(
        SHA256.hash(bytes).hexadecimal == member.value["sha256"]?.text, "\(member.key)")
      // A range of rows is that part of the whole.
      if tensor.layout.rowCount > 2 {
        let part = try tensor.payload.readBytes(rows: 1..<tensor.layout.rowCount - 1)
        #expect(
          part == Array(bytes[tensor.layout.bytesPerRow...].dropLast(tensor.layout.bytesPerRow)))
      }
    }
    let extra = result.tensors.map(\.name).filter { name in
      !expected.members.contains { $0.key == name }
    }
    // The old programs stored tied embeddings a second time.
    #expect(extra.isEmpty || extra == ["output.weight"])
  }

  @Test(arguments: architectures)
  func givesTheMetadataOfTheReference(architecture: String) throws {
    let zoo = try ZooFile(architecture)
    let result = try LegacyConversion.canonicalModel(zoo.legacyModel())
    let expected = try #require(zoo.expected["metadata"]?.object)
    // MPT and Falcon have pre-tokenizers of their own; that of the zoo's is GPT-2's.
    var skipped: Set<ByteString> = [
      "general.name", "general.size_label", "tokenizer.ggml.pre",
      "tokenizer.ggml.padding_token_id", "tokenizer.ggml.add_sep_token",
      "tokenizer.ggml.normalizer.lowercase", "general.file_type",
    ]
    // The file does not say.
    if ["bloom", "falcon"].contains(architecture) {
      skipped.insert(ByteString("\(architecture).context_length"))
    }
    for member in expected.members where !skipped.contains(member.key) {
      let value = try #require(result.metadata[member.key], "\(member.key)")
      let wanted = try #require(member.value["value"])
      if let head = wanted["head"]?.array {
        #expect(value.array?.count == wanted["len"]?.integer)
        if let strings = value.array?.strings {
          #expect(Array(strings.prefix(head.count)) == head.compactMap(\.string))
        } else {
          #expect(
            value.array?.integers?.prefix(head.count).map { $0 } == head.compactMap(\.integer))
        }
      } else if let text = wanted.string {
        #expect(value.string == text, "\(member.key)")
      } else if let truth = wanted.bool {
        #expect(value.bool == truth, "\(member.key)")
      } else {
        #expect(value.float == wanted.double.map { Float($0) }, "\(member.key)")
      }
    }
  }

  /// Merges that the file does not have, restored from the order of its tokens.
  @Test(arguments: architectures.filter { $0 != "bert" })
  func restoresMerges(architecture: String) throws {
    let zoo = try ZooFile(architecture)
    let result = try LegacyConversion.canonicalModel(zoo.legacyModel())
    let merges = zoo.tokenizer["model"]?["merges"]?.array?.map { merge in
      merge.string ?? ByteString((merge.array ?? []).compactMap(\.text).joined(separator: " "))
    }
    #expect(result.metadata["tokenizer.ggml.merges"]?.array?.strings == merges)
    let tokens = try #require(result.metadata["tokenizer.ggml.tokens"]?.array?.strings)
    for member in zoo.tokenizer["model"]?["vocab"]?.object?.members ?? [] {
      #expect(tokens[try #require(member.value.integer)] == member.key)
    }
  }
}

/// A checkpoint of the zoo, as a file of 2023.
struct ZooFile {
  let architecture: String
  let checkpoint: Model
  let configuration: JSONValue
  let tokenizer: JSONValue
  let expected: JSONValue
  private var bytes: [UInt8] = []

  init(_ architecture: String) throws {
    let folder = SharedData.path("zoo/\(architecture)")
    self.architecture = architecture
    checkpoint = try Formats.open(path: folder + "/hf/model.safetensors")
    configuration = try Self.json(folder + "/hf/config.json")
    tokenizer = try Self.json(folder + "/hf/tokenizer.json")
    expected = try Self.json(folder + "/expected.json")
  }

  private static func json(_ path: String) throws -> JSONValue {
    try JSONValue.read(FileSource(path: path))
  }

  /// Opens what `write` made.
  func legacyModel() throws -> Model {
    var copy = self
    try copy.write()
    return try Formats.open("m.bin", in: MemoryTree(["m.bin": copy.bytes]))
  }

  private mutating func append(_ value: Int) {
    for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }

  private func number(_ keys: String...) -> Int {
    keys.lazy.compactMap { configuration[ByteString($0)]?.integer }.first ?? 0
  }

  /// The header that the converter of each architecture wrote.
  private mutating func writeHeader() throws {
    bytes = Array("lmgg".utf8)
    let vocabulary = number("vocab_size")
    let width = number("n_embd", "d_model", "hidden_size")
    let heads = number("n_head", "n_heads", "num_attention_heads")
    let layers = number("n_layer", "n_layers", "num_hidden_layers")
    switch architecture {
    case "gpt2":
      [vocabulary, number("n_positions"), width, heads, layers, 1, vocabulary]
        .forEach { append($0) }
    case "gptneox":
      [vocabulary, number("max_position_embeddings"), width, heads, layers, 4, 1, 1]
        .forEach { append($0) }
    case "mpt":
      [width, number("max_seq_len"), heads, layers, vocabulary].forEach { append($0) }
      append(Int(Float(8).bitPattern))
      append(0)
      append(1)
    case "falcon": [vocabulary, width, heads, layers, 1].forEach { append($0) }
    case "bloom": [vocabulary, width, 1, heads, layers, 1].forEach { append($0) }
    default:
      [
        vocabulary, number("max_position_embeddings"), width, number("intermediate_size"), heads,
        layers, 1,
      ].forEach { append($0) }
    }
  }

  private mutating func writeVocabulary() throws {
    var tokens: [(id: Int, bytes: [UInt8])] = []
    let markers = Set((tokenizer["added_tokens"]?.array ?? []).compactMap { $0["content"]?.string })
    for member in tokenizer["model"]?["vocab"]?.object?.members ?? [] {
      let isPlain = architecture == "bert" || markers.contains(member.key)
      let text = isPlain ? member.key.bytes : Self.decoded(member.key.text)
      tokens.append((try #require(member.value.integer), text))
    }
    for token in tokens.sorted(by: { $0.id < $1.id }) {
      append(token.bytes.count)
      bytes += token.bytes
    }
  }

  /// The bytes that GPT-2's letters stand for, by the rule that printable Latin-1 stands for itself.
  private static func decoded(_ text: String) -> [UInt8] {
    var hidden = (0...32).map { UInt8($0) }
    hidden += (127...160).map { UInt8($0) }
    hidden.append(173)
    return text.unicodeScalars.map { scalar in
      scalar.value < 256 ? UInt8(scalar.value) : hidden[Int(scalar.value) - 256]
    }
  }

  private mutating func write() throws {
    try writeHeader()
    try writeVocabulary()
    for tensor in checkpoint.tensors where !tensor.name.text.contains("pooler") {
      let name = tensor.name.text
      let rows = try #require(FloatRows(tensor.payload))
      var shape = tensor.layout.shape.dimensions
      var values = try rows.read(rows: 0..<tensor.layout.rowCount)
      if architecture == "gpt2", shape.count == 2, name.contains(".h.") {
        values = Self.transposed(values, rows: shape[0], columns: shape[1])
        shape.reverse()
      }
      if architecture == "bloom", name.contains("query_key_value") {
        values = Self.unfused(values, heads: number("n_head"))
      }
      try write(values, shape, as: renamed(name))
      if name == "transformer.word_embeddings.weight" {
        try write(values, shape, as: architecture == "bloom" ? "output.weight" : "lm_head.weight")
      }
    }
  }

  private mutating func write(_ values: [Float], _ shape: [Int], as name: String) throws {
    // Positions and token types are the only matrices that the reference keeps in single precision.
    let isHalf =
      shape.count == 2 && !name.contains("wpe") && !name.contains("position")
      && !name.contains("token_type")
    append(shape.count)
    append(name.utf8.count)
    append(isHalf ? 1 : 0)
    for size in shape.reversed() { append(size) }
    bytes += Array(name.utf8)
    for value in values {
      if isHalf {
        let half = Float16(value).bitPattern
        bytes += [UInt8(truncatingIfNeeded: half), UInt8(half >> 8)]
      } else {
        append(Int(value.bitPattern))
      }
    }
  }

  private static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
    var result: [Float] = []
    for column in 0..<columns {
      for row in 0..<rows { result.append(values[row * columns + column]) }
    }
    return result
  }

  /// Head by head (query, key, value) to all queries, all keys, all values.
  private static func unfused(_ values: [Float], heads: Int) -> [Float] {
    let width = values.count / (3 * heads)
    var result: [Float] = []
    for kind in 0..<3 {
      for head in 0..<heads {
        let start = (head * 3 + kind) * width
        result += values[start..<start + width]
      }
    }
    return result
  }

  private func renamed(_ name: String) -> String {
    switch architecture {
    case "gpt2":
      if name == "transformer.wte.weight" { return "model/wte" }
      if name == "transformer.wpe.weight" { return "model/wpe" }
      let isNorm = name.contains("ln_")
      var parts = name.split(separator: ".").map { String($0) }
      let kind = parts.removeLast() == "bias" ? "b" : isNorm ? "g" : "w"
      parts.removeFirst()
      if parts[0] == "h" { parts.replaceSubrange(0...1, with: ["h" + parts[1]]) }
      return "model/" + (parts + [kind]).joined(separator: "/")
    case "bloom":
      return
        name
        .replacing("transformer.word_embeddings_layernorm", with: "norm")
        .replacing("transformer.word_embeddings", with: "tok_embeddings")
        .replacing("transformer.ln_f", with: "output_norm")
        .replacing("transformer.h", with: "layers")
        .replacing("input_layernorm", with: "attention_norm")
        .replacing("self_attention.query_key_value", with: "attention.query_key_value")
        .replacing("self_attention.dense", with: "attention.wo")
        .replacing("post_attention_layernorm", with: "ffn_norm")
        .replacing("mlp.dense_h_to_4h", with: "feed_forward.w1")
        .replacing("mlp.dense_4h_to_h", with: "feed_forward.w2")
    default: return name
    }
  }
}
