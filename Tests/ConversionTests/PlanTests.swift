import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeGGUF
import WeighbridgeJSON
import WeighbridgeModelIR

/// Options of a plan, and what it refuses.
@Suite struct PlanTests {
  private static func options(
    _ recipe: Recipe, _ change: (inout ConversionOptions) throws -> Void = { _ in }
  ) throws -> ConversionOptions {
    var options = ConversionOptions(recipe: recipe)
    options.canonical.name = "Llama"
    try change(&options)
    return options
  }

  private static func code(_ body: () throws -> Void) -> ModelError.Code? {
    do { try body() } catch ConversionError.model(let error) { return error.code } catch {}
    return nil
  }

  @Test func quantizedTensorsAreNotQuantizedAgainUnasked() throws {
    let small = try Converter.plan(Golden.half(), Self.options(.q4_0)).model
    #expect(
      Self.code { _ = try Converter.plan(small, Self.options(.q8_0)) } == .invalidRequest)
    let allowed = try Self.options(.q8_0) { $0.allowsRequantizing = true }
    #expect(try Converter.plan(small, allowed).rows.contains { $0.encoding == .q8_0 })
  }

  @Test func theFirstMatchingRuleCounts() throws {
    let options = try Self.options(.q4_0) {
      $0.tensorTypes = [try TensorTypeRule("ATTN_V=q8_0"), try TensorTypeRule("attn_.=Q5_1")]
    }
    for row in try Converter.plan(Golden.half(), options).rows {
      let name = row.name.text
      if name.contains("attn_v") { #expect(row.encoding == .q8_0) }
      if name.contains("attn_q.") { #expect(row.encoding == .q5_1) }
      if name.contains("ffn_up") { #expect(row.encoding == .q4_0) }
    }
    #expect(throws: ModelError.self) { try TensorTypeRule("attn_v=Q9_9") }
    #expect(throws: ModelError.self) { try TensorTypeRule("attn_v") }
    #expect(throws: ModelError.self) { try TensorTypeRule("(=Q8_0") }
  }

  @Test func outputAndEmbeddingCanBeChosen() throws {
    let options = try Self.options(.q4_0) {
      $0.outputType = .q8_0
      $0.embeddingType = .q5_0
    }
    let rows = try Converter.plan(Golden.half(), options).rows
    #expect(rows.first { $0.name == "output.weight" }?.encoding == .q8_0)
    #expect(rows.first { $0.name == "token_embd.weight" }?.encoding == .q5_0)
    let left = try Self.options(.q4_0) { $0.leavesOutput = true }
    let kept = try Converter.plan(Golden.half(), left).rows
    #expect(kept.first { $0.name == "output.weight" }?.encoding == .f16)
  }

  @Test func prunedLayersAreRenumbered() throws {
    let options = try Self.options(.f16) { $0.prunedLayers = [1, 2] }
    let plan = try Converter.plan(Golden.half(), options)
    #expect(plan.model.metadata["llama.block_count"]?.integer == 2)
    let row = plan.rows.first { $0.name == "blk.1.attn_q.weight" }
    #expect(row?.source == "blk.3.attn_q.weight")
    #expect(!plan.rows.contains { $0.name.hasPrefix("blk.2.") })
  }

  @Test func overridesReplaceAndAppend() throws {
    let options = try Self.options(.q4_0) {
      $0.overrides = [
        try MetadataOverride("general.name=str:Another"),
        try MetadataOverride("llama.context_length=int:1024"),
        try MetadataOverride("general.flag=bool:true"),
      ]
    }
    let metadata = try Converter.plan(Golden.half(), options).model.metadata
    #expect(metadata["general.name"] == .string("Another"))
    #expect(metadata["llama.context_length"] == .uint32(1024))
    #expect(metadata["general.flag"] == .bool(true))
    for argument in ["x", "x=int", "x=int:a", "=int:1", "x=nosuch:1", "x=bool:maybe"] {
      #expect(throws: ModelError.self) { try MetadataOverride(argument) }
    }
  }

  @Test func weightsOfImportanceAreDemandedWhereTheyMatter() throws {
    let encoding = Encoding.named("IQ2_XXS")
    guard encoding?.encoder != nil else { return }
    let missing = Self.code { _ = try Converter.plan(Golden.half(), Self.options(.iq2_XXS)) }
    #expect(missing == .missingMetadata)
    let dry = try Self.options(.iq2_XXS) { $0.isDryRun = true }
    let plan = try Converter.plan(Golden.half(), dry)
    #expect(plan.notes.contains { $0.code == "importance-needed" })
  }

  @Test func anUnknownArchitectureIsNamed() throws {
    let tree = MemoryTree([
      "config.json": Array(#"{"architectures": ["NeverHeardOfForCausalLM"]}"#.utf8)
    ])
    let model = Model(
      origin: ModelOrigin(format: "safetensors", kind: .checkpoint), companions: tree)
    let error = #expect(throws: ConversionError.self) {
      try Converter.plan(model, ConversionOptions())
    }
    #expect(error?.description.contains("NeverHeardOfForCausalLM") == true)
    #expect(error?.hint?.contains("LlamaForCausalLM") == true)
  }

  @Test func anUnknownTensorIsNamed() throws {
    var model = try Golden.checkpoint()
    let extra = try #require(model.tensors.first)
    model.tensors.append(Tensor(name: "model.layers.0.mystery.weight", payload: extra.payload))
    let code = Self.code { _ = try Converter.plan(model, Self.options(.f16)) }
    #expect(code == .unmappedTensor)
  }

  @Test func automaticKeepsThePrecisionOfTheCheckpoint() throws {
    let plan = try Converter.plan(Golden.checkpoint(), ConversionOptions())
    #expect(plan.recipe == "BF16")
    #expect(plan.model.metadata["general.file_type"] == .uint32(32))
  }

  @Test func namesOfModelsAreTakenApart() throws {
    let tree = try #require(Golden.checkpoint().companions)
    var files: [String: [UInt8]] = [:]
    for name in tree.names {
      let source = try tree.open(name)
      files[name] = try source.readBytes(at: 0, count: Int(source.byteCount))
    }
    files["README.md"] = Array(
      "---\nlicense: mit\ntags:\n- small\n- llama\nlanguage: [en, de]\nbase_model: a/B-7B\n---\n"
        .utf8)
    var model = try Golden.checkpoint()
    model.companions = MemoryTree(files, name: "/x/tiny-llama-4M-chat-v1.5")
    let metadata = try Converter.plan(model, ConversionOptions()).model.metadata
    let expected: [(ByteString, ByteString)] = [
      ("general.name", "Tiny Llama 4M Chat v1.5"), ("general.basename", "tiny-llama"),
      ("general.finetune", "chat"), ("general.version", "v1.5"), ("general.size_label", "4M"),
      ("general.license", "mit"), ("general.base_model.0.name", "B 7B"),
      ("general.base_model.0.organization", "A"),
      ("general.base_model.0.repo_url", "https://huggingface.co/a/B-7B"),
    ]
    for (key, value) in expected { #expect(metadata[key] == .string(value), "\(key)") }
    #expect(metadata["general.tags"] == .array(.strings(["small", "llama"])))
    #expect(metadata["general.languages"] == .array(.strings(["en", "de"])))
  }
}
