import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// One tiny Llama in every form that checkpoints have (Fixtures/checkpoints/make.py), beside what
/// llama.cpp's converter makes of it, or of the same weights as transformers stores them.
@Suite struct CheckpointFormTests {
  private static let folder = SharedData.fixture("checkpoints")

  private static let forms: [String] = {
    guard let source = try? FileSource(path: folder + "/expected.json"),
      let document = try? JSONValue.read(source)
    else { return [] }
    return document.object?.members.map(\.key.text) ?? []
  }()

  /// The files of a form and the tokenizer that all share.
  private static func files(_ form: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for (path, names) in [
      ("checkpoints/" + form, TestFiles.names(in: folder + "/" + form)),
      ("models/jargon-llama", ["tokenizer.model", "tokenizer_config.json"]),
    ] {
      for name in names { files[name] = try TestFiles.bytes(SharedData.fixture(path + "/" + name)) }
    }
    return files
  }

  private static func plan(
    _ files: [String: [UInt8]], _ recipe: Recipe?, clamps: Bool = false
  ) throws -> ConversionPlan {
    var options = ConversionOptions(recipe: recipe)
    options.clamps = clamps
    return try Converter.plan(
      Formats.open(folder: MemoryTree(files, name: "/x/tiny")), options)
  }

  @Test func thereAreForms() { #expect(Self.forms.count >= 5) }

  @Test(arguments: forms)
  func everyTensorEquals(_ form: String) throws {
    let document = try JSONValue.read(FileSource(path: Self.folder + "/expected.json"))
    let files = try Self.files(form)
    for kind in document[ByteString(form)]?.object?.members ?? [] {
      let recipe = try #require(RecipeRegistry.named(kind.key.text))
      let tensors = try Self.plan(files, recipe).model.tensors
      let expected = try #require(kind.value.object)
      #expect(Set(tensors.map(\.name)) == Set(expected.members.map(\.key)), "\(kind.key)")
      for tensor in tensors {
        let golden = expected[tensor.name]
        #expect(tensor.layout.encoding.name == golden?["type"]?.text, "\(tensor.name)")
        let shape = golden?["shape"]?.array?.compactMap(\.integer)
        #expect(Array(tensor.layout.shape.dimensions.reversed()) == shape, "\(tensor.name)")
        let digest = try Golden.digest(tensor, rows: 7)
        #expect(digest == golden?["sha256"]?.text, "\(kind.key) \(tensor.name)")
      }
    }
  }

  @Test func whatParametersDoNotSayIsDerived() throws {
    let metadata = try Self.plan(Self.files("meta"), .f16).model.metadata
    let expected: [(ByteString, Int)] = [
      ("llama.vocab_size", 1024), ("llama.feed_forward_length", 48),
      ("llama.context_length", 4096), ("llama.attention.head_count_kv", 2),
      ("llama.rope.dimension_count", 8), ("llama.block_count", 1), ("llama.embedding_length", 32),
    ]
    for (key, value) in expected { #expect(metadata[key]?.integer == value, "\(key)") }
    #expect(metadata["llama.attention.layer_norm_rms_epsilon"] == .float32(1e-5))
    #expect(metadata["llama.rope.freq_base"] == .float32(10_000))
    #expect(metadata["tokenizer.ggml.model"] == .string("llama"))
  }

  @Test func aScaleOfAnotherShapeIsNamed() throws {
    var files = try Self.files("fp8-blocks")
    let configuration = String(decoding: files["config.json"] ?? [], as: UTF8.self)
    files["config.json"] = Array(configuration.replacing("20,", with: "40,").utf8)
    let error = #expect(throws: ConversionError.self) { try Self.plan(files, .f16) }
    #expect(error?.description.contains("weight_scale_inv") == true)
  }

  @Test func otherSchemesAreRefusedByName() throws {
    var files = try Self.files("types")
    let configuration = String(decoding: files["config.json"] ?? [], as: UTF8.self)
    let marked = configuration.replacing(
      #""hidden_act""#, with: ##""quantization_config": {"quant_method": "aqlm"}, "hidden_act""##)
    files["config.json"] = Array(marked.utf8)
    let error = #expect(throws: ConversionError.self) { try Self.plan(files, .f16) }
    #expect(error?.description.contains("AQLM") == true)
  }

  /// NaN is found wherever it is converted to; `--clamp` goes on.
  @Test(arguments: [("BF16", Recipe.bf16), ("F16", .f16), ("Q8_0", .q8_0)])
  func numbersThatAreNoneAreNamed(_ name: String, _ recipe: Recipe) throws {
    var files = try Self.files("types")
    var bytes = try #require(files["model.safetensors"])
    // The file ends with numbers of eight bits: 0x7F is NaN in each of their formats.
    let end = bytes.count
    for index in stride(from: end - 8, to: end, by: 2) {
      bytes[index] = 0xC0
      bytes[index + 1] = 0x7F
    }
    files["model.safetensors"] = bytes
    let plan = try Self.plan(files, recipe)
    let error = #expect(throws: (any Error).self, "\(name)") {
      for tensor in plan.model.tensors { _ = try Golden.digest(tensor) }
    }
    let message = error.map { "\($0)" } ?? ""
    #expect(message.contains("tensor '") && message.contains("row"), "\(message)")
    for tensor in try Self.plan(files, recipe, clamps: true).model.tensors {
      _ = try Golden.digest(tensor)
    }
  }
}
