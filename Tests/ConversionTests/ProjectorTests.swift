import TestSupport
import Testing
import WeighbridgeArchitectures
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// Projectors of tiny random checkpoints, beside what llama.cpp's converter makes of them with `--mmproj`.
@Suite struct ProjectorTests {
  /// Folders of both zoos that have a projector: `zoo2/qwen3vl`.
  private static let folders: [String] = ["zoo", "zoo2"].flatMap { zoo -> [String] in
    guard let tree = try? DirectoryTree(path: SharedData.path(zoo)) else { return [] }
    return tree.names.filter { $0.hasSuffix("/expected.mmproj.json") }
      .map { "\(zoo)/\($0.dropLast("/expected.mmproj.json".count))" }
  }

  private static func options(_ recipe: Recipe?) -> ConversionOptions {
    var options = ConversionOptions(recipe: recipe)
    options.canonical.part = .projector
    return options
  }

  @Test(.enabled(if: SharedData.isPresent), arguments: folders)
  func projectorEquals(_ folder: String) throws {
    let golden = try JSONValue.read(
      FileSource(path: SharedData.path("\(folder)/expected.mmproj.json")))
    let model = try Formats.open(path: SharedData.path("\(folder)/hf"))
    try Golden.expectEqual(try Converter.plan(model, Self.options(.f16)), golden)
  }

  /// Precisions that only some types show: convolutions are in single precision beside BF16, and pinned
  /// tensors keep theirs.
  @Test(.enabled(if: SharedData.isPresent))
  func precisionsFollowTheConverter() throws {
    let model = try Formats.open(path: SharedData.path("zoo2/gemma3-vision/hf"))
    for (recipe, expected) in [(Recipe.f32, "F16"), (.bf16, "F16"), (.q8_0, "F16")] {
      let plan = try Converter.plan(model, Self.options(recipe))
      let projection = try #require(plan.rows.first { $0.name == "mm.input_projection.weight" })
      #expect(projection.encoding.name == expected)
      let patches = try #require(plan.rows.first { $0.name == "v.patch_embd.weight" })
      #expect(patches.encoding.name == "F32")
    }
  }

  @Test(.enabled(if: SharedData.isPresent))
  func aTextModelHasNoProjector() throws {
    let model = try Formats.open(path: SharedData.path("zoo/llama/hf"))
    let error = #expect(throws: ConversionError.self) {
      try Converter.plan(model, Self.options(nil))
    }
    #expect("\(String(describing: error))".contains("no projector is known for 'LlamaForCausalLM'"))
  }

  /// A class has one projector, and one family of text models.
  @Test func noClassIsNamedTwice() {
    let names = ProjectorRegistry.all.flatMap(\.configurationNames)
    #expect(Set(names).count == names.count)
  }
}
