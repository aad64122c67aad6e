import TestSupport
import Testing
import WeighbridgeArchitectures
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeDigests
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// Tiny random checkpoints of many families, beside what llama.cpp's converter makes of them at F16.
@Suite struct ZooTests {
  /// Folders of both zoos whose family is known: `zoo/llama`.
  private static let known: [String] = ["zoo", "zoo2"].flatMap { zoo -> [String] in
    guard let tree = try? DirectoryTree(path: SharedData.path(zoo)) else { return [] }
    let folders = tree.names.filter { $0.hasSuffix("/expected.json") }
      .map { String($0.dropLast("/expected.json".count)) }
    return folders.filter { folder in
      let path = SharedData.path("\(zoo)/\(folder)/hf/config.json")
      guard let source = try? FileSource(path: path), let document = try? JSONValue.read(source)
      else { return false }
      return (try? ArchitectureRegistry.find(document)) != nil
    }.map { "\(zoo)/\($0)" }
  }

  @Test(.enabled(if: SharedData.isPresent))
  func everyKnownFamilyHasAModel() {
    #expect(Self.known.contains("zoo/llama"))
    let fixtures = TestFiles.names(in: SharedData.fixture("classes"))
      .filter { $0.hasSuffix(".json") && !$0.hasSuffix(".mmproj.json") }
    let families = ArchitectureRegistry.all.count(where: \.converts)
    #expect(Self.known.count + fixtures.count >= families)
  }

  @Test(.enabled(if: SharedData.isPresent), arguments: known)
  func conversionEquals(_ folder: String) throws {
    let source = try FileSource(path: SharedData.path("\(folder)/expected.json"))
    let golden = try JSONValue.read(source)
    let model = try Formats.open(path: SharedData.path("\(folder)/hf"))
    let plan = try Converter.plan(model, ConversionOptions(recipe: .f16))
    try Golden.expectEqual(plan, golden)
  }
}
