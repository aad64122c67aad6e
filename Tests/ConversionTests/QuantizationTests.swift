import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeGGUF
import WeighbridgeJSON
import WeighbridgeModelIR

/// Every recipe on real and on nasty weights, beside the bytes of llama.cpp built with
/// `-ffp-contract=off`.
@Suite struct QuantizationTests {
  private static func importance() throws -> ImportanceMatrix {
    let path = SharedData.fixture("golden/imatrix.gguf")
    return try ImportanceMatrix(Formats.open(path: path), path: "imatrix.gguf")
  }

  private static func source(_ name: String) throws -> Model? {
    if name == "fixture" { return try Golden.half() }
    guard SharedData.isPresent else { return nil }
    return try Formats.open(path: SharedData.path("golden/heavy-f16.gguf"))
  }

  @Test func inputEqualsTheOneOfTheGoldenRuns() throws {
    let golden = try Golden.fixture("quantized.json")
    let expected = try #require(golden["input"]?["fixture"]?["tensors"]?.object)
    for tensor in try Golden.half().tensors {
      let entry = expected[tensor.name]?.array
      #expect(entry?[0].text == tensor.layout.encoding.name)
      let digest = try Golden.digest(tensor)
      #expect(entry?[1].text == digest)
    }
  }

  @Test(arguments: RecipeRegistry.all.map(\.name))
  func tensorsEqualByteForByte(_ name: String) throws {
    let golden = try Golden.fixture("quantized.json")
    let recipe = try #require(RecipeRegistry.named(name))
    for run in try #require(golden["runs"]?.array) where run["recipe"]?.text == name {
      guard let model = try Self.source(run["source"]?.text ?? "") else { continue }
      var options = ConversionOptions(recipe: recipe)
      for option in run["options"]?.array ?? [] {
        switch option.text {
        case "--pure": options.isPure = true
        case "--imatrix": options.importance = try Self.importance()
        default: break
        }
      }
      let label = "\(run["source"]?.text ?? "") \(name) \(run["options"]?.array ?? [])"
      if run["refused"] != nil {
        #expect(throws: ConversionError.self, "\(label)") { try Converter.plan(model, options) }
        continue
      }
      let expected = try #require(run["tensors"]?.object)
      let encodings = expected.members.map { $0.value.array?[0].text }
      guard Golden.isWritable(encodings) else { continue }
      let plan = try Converter.plan(model, options)
      #expect(plan.model.tensors.map(\.name) == expected.members.map(\.key), "\(label)")
      for tensor in plan.model.tensors {
        let entry = expected[tensor.name]?.array
        #expect(entry?[0].text == tensor.layout.encoding.name, "\(label) \(tensor.name)")
        let digest = try Golden.digest(tensor)
        #expect(entry?[1].text == digest, "\(label) \(tensor.name)")
      }
      if options.importance == nil {
        let size = try GGUF.layOut(plan.model).byteCount
        #expect(run["bytes"]?.integer == Int(size), "\(label)")
      }
    }
  }
}
