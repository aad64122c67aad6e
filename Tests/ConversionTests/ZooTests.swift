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
    #expect(Self.known.count >= ArchitectureRegistry.all.count(where: \.converts))
  }

  @Test(.enabled(if: SharedData.isPresent), arguments: known)
  func conversionEquals(_ folder: String) throws {
    let source = try FileSource(path: SharedData.path("\(folder)/expected.json"))
    let golden = try JSONValue.read(source)
    let model = try Formats.open(path: SharedData.path("\(folder)/hf"))
    let plan = try Converter.plan(model, ConversionOptions(recipe: .f16))
    let metadata = try #require(golden["metadata"]?.object)
    #expect(plan.model.metadata.entries.map(\.key) == metadata.members.map(\.key))
    for entry in plan.model.metadata.entries {
      let expected = metadata[entry.key]
      #expect(Golden.type(of: entry.value) == expected?["type"]?.text, "\(entry.key)")
      let isEqual = Golden.matches(entry.value, expected?["value"] ?? .null)
      #expect(isEqual, "\(entry.key): \(expected?["value"] ?? .null)")
    }
    let tensors = try #require(golden["tensors"]?.object)
    #expect(plan.model.tensors.map(\.name) == tensors.members.map(\.key))
    for tensor in plan.model.tensors {
      let expected = tensors[tensor.name]
      #expect(tensor.layout.encoding.name == expected?["type"]?.text, "\(tensor.name)")
      let shape = expected?["shape"]?.array?.compactMap(\.integer)
      #expect(Array(tensor.layout.shape.dimensions.reversed()) == shape, "\(tensor.name)")
      let digest = try Golden.digest(tensor, rows: 13)
      #expect(digest == expected?["sha256"]?.text, "\(tensor.name)")
    }
  }
}
