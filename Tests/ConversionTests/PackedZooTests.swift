import TestSupport
import Testing
import WeighbridgeArchitectures
import WeighbridgeBundles
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// Checkpoints of a hundred families in `Fixtures/zoo.oci.tar`, read out of the bundle: configurations,
/// tokenizers and headers, with zeros for weights, beside what llama.cpp's converter makes of them at F16.
///
/// What is done to weights shows in logits (`ConfigurationTests` of InferenceTests).
@Suite struct PackedZooTests {
  private static let bundle = try? BundleTree(
    FileSource(path: SharedData.fixture("zoo.oci.tar")))

  /// Headers that follow from weights, or from files in folders of their own, which the bundle lacks.
  private static let incomplete: Set = [
    "apertus", "embeddinggemma", "glm4moelite", "nomic-bert", "qwen3-embedding",
    "roberta", "xlm-roberta",
  ]

  /// Folders whose family is known here.
  private static let known: [String] = {
    guard let bundle else { return [] }
    return bundle.names.filter { $0.hasSuffix("/expected.json") }
      .map { String($0.dropLast("/expected.json".count)) }
      .filter { folder in
        guard !incomplete.contains(folder),
          let document = try? JSONValue.read(bundle.open(folder + "/config.json"))
        else {
          return false
        }
        return (try? ArchitectureRegistry.find(document)) != nil
      }
  }()

  @Test func everyKnownFamilyIsInTheBundle() {
    #expect(Self.known.count >= 90)
  }

  @Test(arguments: known)
  func headersAreThoseOfTheConverter(_ folder: String) throws {
    let bundle = try #require(Self.bundle)
    let golden = try JSONValue.read(bundle.open(folder + "/expected.json"))
    let model = try Formats.open(folder: Folder(tree: bundle, prefix: folder + "/"))
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
    }
  }
}

/// One checkpoint of the bundle, in a folder of the name that the converter saw.
private struct Folder: FileTree {
  let tree: BundleTree
  let prefix: String

  var name: String { "hf" }
  var names: [String] {
    tree.names.filter { $0.hasPrefix(prefix) && !$0.hasSuffix("/expected.json") }
      .map { String($0.dropFirst(prefix.count)) }
  }

  func open(_ name: String) throws(IOError) -> any ByteSource { try tree.open(prefix + name) }
}
