import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeModelIR

/// A checkpoint straight to a recipe is, byte for byte, what converting and then quantizing gives.
@Suite struct OnePassTests {
  private static let zoo = TestFiles.names(in: SharedData.path("zoo"))

  private static func bytes(_ plan: ConversionPlan) throws -> [UInt8] {
    let layout = try GGUF.layOut(plan.model)
    let sink = MemorySink(byteCount: layout.byteCount)
    try StreamingExecutor(workers: 2).write(plan.model, as: layout, to: sink)
    return sink.bytes
  }

  /// Both ways for one folder; the first file keeps the precision of the checkpoint.
  private static func compare(
    _ folder: String, _ recipe: Recipe, _ importance: ImportanceMatrix? = nil
  ) throws {
    let model = try Formats.open(path: folder)
    let kept = model.tensors.first { $0.layout.shape.dimensions.count >= 2 }
    let name = try #require(kept?.layout.encoding.name)
    let plain = try #require(RecipeRegistry.named(name))
    let converted = try bytes(Converter.plan(model, ConversionOptions(recipe: plain)))
    let tree = MemoryTree(["model.gguf": converted])
    var options = ConversionOptions(recipe: recipe)
    options.importance = importance
    let once = try bytes(Converter.plan(model, options))
    options.followsConverter = false
    let twice = try bytes(Converter.plan(Formats.open("model.gguf", in: tree), options))
    #expect(once == twice, "\(folder) \(recipe.name) over \(name)")
  }

  @Test(arguments: [Recipe.q4_K_M, .iq2_XXS, .q5_0])
  func theFixtureWithImportance(_ recipe: Recipe) throws {
    let importance = try ImportanceMatrix(
      Formats.open(path: SharedData.fixture("golden/imatrix.gguf")), path: "imatrix.gguf")
    try Self.compare(SharedData.fixture("models/jargon-llama"), recipe, importance)
  }

  @Test(.enabled(if: SharedData.isPresent), arguments: zoo)
  func theZoo(_ name: String) throws {
    try Self.compare(SharedData.path("zoo/\(name)/hf"), .q4_K_M)
  }
}
