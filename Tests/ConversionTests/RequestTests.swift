import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeEncodings
import WeighbridgeModelIR

@testable import WeighbridgeConversion

/// Requests that would have no effect, or another than the one asked for.
@Suite struct RequestTests {
  private static func plan(
    _ model: Model, _ recipe: Recipe?, _ change: (inout ConversionOptions) throws -> Void
  ) throws -> ConversionPlan {
    var options = ConversionOptions(recipe: recipe)
    options.followsConverter = false
    try change(&options)
    return try Converter.plan(model, options)
  }

  private static func refusal(_ body: () throws -> Void) -> ModelError? {
    do { try body() } catch ConversionError.model(let error) { return error } catch {
      return error as? ModelError
    }
    return nil
  }

  @Test func rulesThatDecideNothingAreNamed() throws {
    let plan = try Self.plan(Golden.half(), .q4_0) {
      $0.tensorTypes = [
        try TensorTypeRule("attn_v=q8_0"), try TensorTypeRule("nosuch=q8_0"),
        try TensorTypeRule("attn_norm=q8_0"), try TensorTypeRule("attn_v=q5_0"),
      ]
    }
    let unused = plan.notes.filter { $0.code == "rule-unused" }.map(\.place)
    #expect(unused == ["nosuch=Q8_0", "attn_norm=Q8_0", "attn_v=Q5_0"])
  }

  @Test func rulesHoldForPlainTypesToo() throws {
    let plan = try Self.plan(Golden.half(), .f16) {
      $0.tensorTypes = [try TensorTypeRule("attn_v=q8_0")]
    }
    for row in plan.rows where row.name.text.contains("attn_v.") {
      #expect(row.encoding == .q8_0)
    }
    #expect(!plan.notes.contains { $0.code == "rule-unused" })
  }

  @Test func everythingIsCopiedWhereThatIsAsked() throws {
    let half = try Golden.half()
    let plan = try Self.plan(half, nil) { $0.keepsTypes = true }
    #expect(plan.model.tensors.map(\.layout) == half.tensors.map(\.layout))
    #expect(plan.model.metadata["general.file_type"] == half.metadata["general.file_type"])
  }

  @Test func anAdapterIsNotQuantizedByARecipe() throws {
    var model = try Golden.half()
    model.metadata["general.type"] = .string("adapter")
    #expect(Self.refusal { _ = try Self.plan(model, .q4_0) { _ in } }?.code == .invalidRequest)
    // Nor is anything else of which no tensor would change.
    var renamed = try Golden.half()
    for index in renamed.tensors.indices { renamed.tensors[index].name = "x\(index).lora_a" }
    #expect(Self.refusal { _ = try Self.plan(renamed, .q4_0) { _ in } }?.code == .invalidRequest)
  }

  @Test func layersThatAreNotThereAreNotPruned() throws {
    func refused(_ layers: Set<Int>) throws -> ModelError? {
      let half = try Golden.half()
      return Self.refusal { _ = try Self.plan(half, .q8_0) { $0.prunedLayers = layers } }
    }
    #expect(try refused([99])?.message.contains("99") == true)
    #expect(try refused([0, 99])?.code == .invalidRequest)
    #expect(try refused([0]) == nil)
    let names = (0..<2).flatMap { ["enc.blk.\($0).a.weight", "dec.blk.\($0).a.weight"] }
      .map { ByteString($0) }
    let pruning = try LayerPruning([0], names)
    #expect(
      names.map { pruning.name(of: $0)?.text } == [
        nil, nil, "enc.blk.0.a.weight", "dec.blk.0.a.weight",
      ])
    #expect(pruning.counts("t5").map(\.count) == [1, 1])
    #expect(throws: ModelError.self) { try LayerPruning([0], ["v.weight"]) }
  }

  @Test func onlyArraysOfLayersAreShortened() throws {
    var metadata = Metadata()
    metadata["x.rope.dimension_sections"] = .array(.int32([1, 2, 3]))
    metadata["x.attention.head_count_kv"] = .array(.int32([4, 5, 6]))
    metadata["x.other"] = .array(.int32([7, 8, 9]))
    let names = (0..<3).map { ByteString("blk.\($0).a.weight") }
    let notes = try LayerPruning([1], names).apply(to: &metadata, "x")
    #expect(metadata["x.rope.dimension_sections"]?.array?.integers == [1, 2, 3])
    #expect(metadata["x.attention.head_count_kv"]?.array?.integers == [4, 6])
    #expect(metadata["x.other"]?.array?.integers == [7, 8, 9])
    #expect(notes.map(\.place) == ["x.other"])
  }

  @Test(arguments: [
    "split.count=int:2", "general.alignment=int:3", "general.architecture=int:1",
  ])
  func metadataThatBreakTheFileAreNotSet(_ argument: String) {
    #expect(throws: ModelError.self) { try MetadataOverride(argument) }
  }

  @Test func onlyZerosWeighAlikeOnRequest() throws {
    let half = try Golden.half()
    let tensor = try #require(half.tensors.first { $0.name == "blk.0.ffn_up.weight" })
    let columns = tensor.layout.rowLength
    let entry = try #require(
      ImportanceSums.Entry(
        name: tensor.name, sums: [Float](repeating: 0, count: columns), counts: [16]))
    let matrix = ImportanceMatrix(
      try ImportanceSums(path: "m", entries: [entry], datasets: [], chunkCount: 1, chunkSize: 16))
    func bytes(_ neutral: Bool, _ matrix: ImportanceMatrix?) throws -> ([UInt8], [Diagnostic]) {
      let plan = try Self.plan(half, .q4_0) {
        $0.importance = matrix
        $0.neutralizesZeros = neutral
      }
      let encoded = try #require(plan.model.tensors.first { $0.name == tensor.name })
      return (try encoded.payload.readBytes(rows: 0..<4), plan.notes)
    }
    let (wiped, notes) = try bytes(false, matrix)
    let (kept, others) = try bytes(true, matrix)
    #expect(wiped != kept)
    #expect(notes.contains { $0.code == "importance-zero" && $0.place == tensor.name.text })
    #expect(others.contains { $0.code == "importance-zero" })
    let excluded = try matrix.selecting(including: [], excluding: ["ffn_up"])
    #expect(try bytes(false, excluded).0 == bytes(false, nil).0)
    #expect(throws: ConversionError.self) {
      try matrix.selecting(including: ["nosuch"], excluding: [])
    }
  }
}
