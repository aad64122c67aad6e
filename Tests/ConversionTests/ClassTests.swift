import Foundation
import TestSupport
import Testing
import WeighbridgeArchitectures
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeEncodings
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeSafetensors

/// Tiny checkpoints of many classes, beside what llama.cpp's converter makes of them.
///
/// `Tests/Peers/classes.py` has recorded `Fixtures/classes`: a configuration, the tensors' shapes, and the
/// converter's result. The numbers follow from the names, so the checkpoint is made again here.
@Suite struct ClassTests {
  private static let folder = SharedData.fixture("classes")
  private static let names = TestFiles.names(in: folder, suffix: ".json")
    .map { String($0.dropLast(5)) }
  /// What other tests compare, or what depends on the folder (`HIDDEN` of the program).
  private static let hidden: Set<String> = [
    "general.name", "general.basename", "general.version", "general.finetune",
    "general.size_label", "tokenizer.ggml.tokens", "tokenizer.ggml.scores",
    "tokenizer.ggml.token_type", "tokenizer.ggml.merges", "tokenizer.ggml.pre",
  ]

  @Test(arguments: names)
  func conversionEquals(_ name: String) throws {
    let entry = try JSONValue.read(FileSource(path: "\(Self.folder)/\(name).json"))
    let checkpoint = try TemporaryFolder()
    try Self.write(entry, to: checkpoint)
    var options = ConversionOptions(recipe: .f16)
    options.canonical.part = entry["mmproj"]?.bool == true ? .projector : .text
    let plan = try Converter.plan(Formats.open(path: checkpoint.path), options)
    // With a tokenizer that is nobody's, the metadata of the vocabulary are not its class's.
    let isPlain = entry["plainVocabulary"]?.bool == true
    let keys = plan.model.metadata.entries.map(\.key.text)
    let ignored = isPlain ? Set(keys.filter { $0.hasPrefix("tokenizer.") }) : []
    try Golden.expectEqual(
      plan, entry["expected"] ?? .null, without: Self.hidden.union(ignored), isOrdered: !isPlain)
  }

  @Test func evidenceOfFixturesIsComplete() throws {
    for name in Self.names {
      let entry = try JSONValue.read(FileSource(path: "\(Self.folder)/\(name).json"))
      let isProjector = entry["mmproj"]?.bool == true
      let evidence = isProjector ? ClassEvidence.projectors : ClassEvidence.text
      let className = entry["class"]?.text ?? name
      #expect(evidence[className] != nil, "\(className): run Tests/Peers/evidence.py")
    }
  }

  /// What the specification says is not known is not.
  @Test func specificationListsWhatIsLeft() throws {
    let path = SharedData.packageFolder + "/Specs/architectures.md"
    let source = try FileSource(path: path)
    let bytes = try source.readBytes(at: 0, count: Int(source.byteCount))
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "## Projectors")
    try #require(parts.count == 2)
    let texts = Set(ArchitectureRegistry.all.filter(\.converts).flatMap(\.configurationNames))
    let projectors = Set(ProjectorRegistry.all.flatMap(\.configurationNames))
    for (part, known) in zip(parts, [texts, projectors]) {
      let names = part.split(separator: "\n").filter { $0.hasPrefix("| `") }
        .compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
      #expect(!names.isEmpty)
      for name in names {
        #expect(!known.contains(name), "\(name): run Tests/Peers/architectures.py")
      }
    }
  }

  /// Every class that is said to be tested is in a folder of a zoo, or among the fixtures.
  @Test(.enabled(if: SharedData.isPresent))
  func evidenceIsTrue() throws {
    let fixtures = Set(
      try Self.names.map { name in
        try JSONValue.read(FileSource(path: "\(Self.folder)/\(name).json"))["class"]?.text ?? name
      })
    var converted = fixtures
    var projected = fixtures
    var run: Set<String> = []
    for zoo in ["zoo", "zoo2"] {
      for folder in try FileManager.default.contentsOfDirectory(atPath: SharedData.path(zoo)) {
        let path = SharedData.path("\(zoo)/\(folder)")
        guard FileManager.default.fileExists(atPath: path + "/hf/config.json") else { continue }
        let document = try JSONValue.read(FileSource(path: path + "/hf/config.json"))
        let classes = Configuration.names(in: document)
        converted.formUnion(classes)
        projected.formUnion(ProjectorRegistry.names(in: document))
        if FileManager.default.fileExists(atPath: path + "/logits.npy") { run.formUnion(classes) }
      }
    }
    for (name, evidence) in ClassEvidence.text {
      #expect(evidence == .logits ? run.contains(name) : converted.contains(name), "\(name)")
      #expect(ArchitectureRegistry.all.contains { $0.configurationNames.contains(name) }, "\(name)")
    }
    for (name, _) in ClassEvidence.projectors {
      #expect(projected.contains(name), "\(name)")
      #expect(ProjectorRegistry.all.contains { $0.configurationNames.contains(name) }, "\(name)")
    }
  }

  /// Writes the checkpoint: configuration files, tensors in BF16, a tokenizer.
  private static func write(_ entry: JSONValue, to folder: TemporaryFolder) throws {
    for member in entry["files"]?.object?.members ?? [] {
      try folder.write(Array(member.value.text().utf8), to: member.key.text)
    }
    var tensors: [Tensor] = []
    for member in entry["tensors"]?.object?.members ?? [] {
      let shape = member.value.array?.compactMap(\.integer) ?? []
      tensors.append(try tensor(member.key, shape))
    }
    let layout = try Safetensors.layOut(
      Model(origin: .init(format: "safetensors"), tensors: tensors))
    let sink = MemorySink(byteCount: layout.byteCount)
    try StreamingExecutor(workers: 1).write(
      Model(origin: .init(format: "safetensors"), tensors: tensors), as: layout, to: sink)
    try folder.write(sink.bytes, to: "model.safetensors")
    let source =
      entry["tokenizer"]?.text == "pieces"
      ? SharedData.fixture("models/jargon-llama")
      : "\(Self.folder)/tokenizers/\(entry["tokenizer"]?.text ?? "")"
    guard entry["tokenizer"]?.text != nil else { return }
    for name in TestFiles.names(in: source) where name.hasPrefix("tokenizer") {
      guard entry["files"]?[ByteString(name)] == nil else { continue }
      let file = try FileSource(path: "\(source)/\(name)")
      try folder.write(file.readBytes(at: 0, count: Int(file.byteCount)), to: name)
    }
  }

  /// A tensor whose numbers follow from its name, as `numbers` of the program makes them.
  private static func tensor(_ name: ByteString, _ shape: [Int]) throws -> Tensor {
    var hash: UInt32 = 0x811C_9DC5
    for byte in name.bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    let isNorm = shape.count == 1 && name.text.contains("norm") && name.hasSuffix("weight")
    let count = shape.reduce(1, *)
    let values = (0..<count).map { index -> Float in
      let mixed = UInt32(truncatingIfNeeded: index) &* 2_654_435_761 &+ hash
      let value = (Float(mixed >> 24) - 128) / 1024 + (isNorm ? 1 : 0)
      return name.hasSuffix("running_var") ? abs(value) + 0.5 : value
    }
    let single = try #require(MemoryPayload(values))
    let shaped = try #require(ReshapedPayload(single, shape))
    let half = try #require(
      ReencodedPayload(shaped, to: .bf16, named: name, importance: nil, clamps: false))
    return Tensor(name: name, payload: half)
  }
}
