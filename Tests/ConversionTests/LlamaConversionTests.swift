import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeGGUF
import WeighbridgeJSON
import WeighbridgeModelIR

/// The small Llama converted, beside what llama.cpp's converter makes of it.
@Suite struct LlamaConversionTests {
  private static let recipes: [(String, Recipe)] = [
    ("f16", .f16), ("bf16", .bf16), ("f32", .f32), ("q8_0", .q8_0),
  ]

  private static func plan(_ recipe: Recipe) throws -> ConversionPlan {
    var options = ConversionOptions(recipe: recipe)
    options.canonical.name = "Llama"
    return try Converter.plan(Golden.checkpoint(), options)
  }

  @Test func metadataEqualsInOrderTypeAndValue() throws {
    let golden = try Golden.fixture("fixture-llama.json")
    for (name, recipe) in Self.recipes {
      let expected = try #require(golden[ByteString(name)]?["metadata"]?.object)
      let found = try Self.plan(recipe).model.metadata.entries
      #expect(found.map(\.key) == expected.members.map(\.key), "\(name)")
      for (entry, member) in zip(found, expected.members) {
        #expect(Golden.type(of: entry.value) == member.value["type"]?.text, "\(name) \(entry.key)")
        let value = try #require(member.value["value"])
        #expect(Golden.matches(entry.value, value), "\(name) \(entry.key)")
      }
    }
  }

  @Test func tensorsEqualInOrderShapeTypeAndBytes() throws {
    let golden = try Golden.fixture("fixture-llama.json")
    for (name, recipe) in Self.recipes {
      let expected = try #require(golden[ByteString(name)]?["tensors"]?.object)
      let found = try Self.plan(recipe).model.tensors
      #expect(found.map(\.name) == expected.members.map(\.key), "\(name)")
      for (tensor, member) in zip(found, expected.members) {
        #expect(tensor.layout.encoding.name == member.value["type"]?.text, "\(name) \(tensor.name)")
        let shape = member.value["shape"]?.array?.compactMap(\.integer)
        #expect(Array(tensor.layout.shape.dimensions.reversed()) == shape)
        let digest = try Golden.digest(tensor, rows: 37)
        #expect(digest == member.value["sha256"]?.text, "\(name) \(tensor.name)")
      }
    }
  }

  /// SHA-256 of the files that convert_hf_to_gguf.py wrote from a folder called `llama`.
  @Test(arguments: [
    ("f16", "b7710c8426e6ede28cd1ede065569b7c2e0ff8f174b970a5014591121f3ae889"),
    ("bf16", "986426d836392ce2809e1e37e63145f0721035d609db5e7e96dd6c03ac4e7c61"),
    ("f32", "267399a2ae6644813bb8cb88e13774477c25f5a31262108e94ccfe37edf6bdea"),
    ("q8_0", "ffaf1dad5864b3f5bac9bfb71bd9614f321f36634629b809995867776dd1374b"),
  ])
  func fileEqualsByteForByte(_ name: String, _ digest: String) throws {
    let recipe = try #require(RecipeRegistry.named(name))
    let plan = try Self.plan(recipe)
    let layout = try GGUF.layOut(plan.model)
    for workers in [1, 2, 8] {
      let sink = MemorySink(byteCount: layout.byteCount)
      try StreamingExecutor(workers: workers, chunkBytes: 50_000)
        .write(plan.model, as: layout, to: sink)
      #expect(SHA256.hash(sink.bytes).hexadecimal == digest, "\(workers) workers")
    }
  }
}
