import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeGGUF
import WeighbridgeModelIR

@Suite struct ShardNameTests {
  @Test func namesAreTakenApart() throws {
    let name = try #require(ShardName("my-model-00002-of-00011.gguf"))
    #expect((name.prefix, name.index, name.count) == ("my-model", 1, 11))
    #expect(name.name == "my-model-00002-of-00011.gguf")
    #expect(name.part(9).name == "my-model-00010-of-00011.gguf")
  }

  @Test(
    arguments: [
      "model.gguf", "model-00001-of-00002.bin", "model-0001-of-0002.gguf", "00001-of-00002.gguf",
      "model-00000-of-00002.gguf", "model-00003-of-00002.gguf", "model-0000a-of-00002.gguf",
      "model-00001_of-00002.gguf", ".gguf", "",
    ])
  func otherNamesAreNot(_ name: String) { #expect(ShardName(name) == nil) }
}

/// The parts are those of `llama-gguf-split`, which made the fixtures.
@Suite struct GGUFSplitTests {
  private func fixture(_ name: String) throws -> [UInt8] {
    try TestFiles.bytes(SharedData.fixture("gguf/\(name)"))
  }

  private func open(_ name: String) throws -> Model {
    let folder = SharedData.fixture("gguf")
    return try GGUF.open(name, in: DirectoryTree(path: folder), limits: .default)
  }

  @Test func partsAreThoseOfLlama() throws {
    let parts = try GGUFSplit.plan(open("plain.gguf"), .tensors(3))
    #expect(parts.count == 3)
    for (index, part) in parts.enumerated() {
      let name = ShardName(prefix: "split", index: index, count: parts.count).name
      #expect(try bytes(of: part) == fixture(name))
    }
  }

  @Test func mergedIsWhatLlamaWrites() throws {
    let merged = try GGUFSplit.markedAsMerged(open("split-00002-of-00003.gguf"))
    #expect(try bytes(of: merged) == fixture("merged.gguf"))
  }

  /// GGUF-21: any part opens the whole, and the whole is what was split.
  @Test(arguments: 1...3) func anyPartOpensTheWhole(_ number: Int) throws {
    let model = try open("split-0000\(number)-of-00003.gguf")
    #expect(model.origin.files.count == 3)
    #expect(model.tensors.map { $0.location?.file } == [0, 0, 0, 1, 1, 1, 2])
    #expect(model.problems.isEmpty)
    #expect(try bytes(of: model) == fixture("plain.gguf"))
  }

  /// What says that it is not split any more is read as one file.
  @Test func aMergedFileIsNotSplit() throws {
    let model = try open("merged.gguf")
    #expect(model.origin.files.count == 1)
    #expect(model.metadata["split.count"] == .uint16(0))
    #expect(try bytes(of: model) == fixture("merged.gguf"))
  }

  @Test func aSizeBoundsThePaddedData() throws {
    let tensors = try (0..<6).map { try tensor(ByteString("t\($0)"), [$0 + 1, 8]) }
    let sizes = tensors.map { $0.layout.byteCount }
    #expect(sizes == [32, 64, 96, 128, 160, 192])
    let parts = try GGUFSplit.plan(model(tensors), .bytes(192))
    #expect(
      parts.map { $0.tensors.map(\.name.text) } == [["t0", "t1", "t2"], ["t3"], ["t4"], ["t5"]])
    // A tensor larger than the limit has a part of its own, and no part is empty.
    let small = try GGUFSplit.plan(model(tensors), .bytes(100))
    #expect(small.map(\.tensors.count) == [2, 1, 1, 1, 1])
  }

  @Test func everyPartFollowsTheAlignment() throws {
    let tensors = try (0..<3).map { try tensor(ByteString("t\($0)"), [5]) }
    let whole = model(
      tensors, [("general.alignment", .uint32(64)), ("general.name", .string("n"))])
    let parts = try GGUFSplit.plan(whole, .tensors(1))
    #expect(
      parts.map { $0.metadata["general.alignment"] } == [.uint32(64), .uint32(64), .uint32(64)])
    #expect(parts.map { $0.metadata["general.name"] } == [.string("n"), nil, nil])
    var files: [String: [UInt8]] = [:]
    for (index, part) in parts.enumerated() {
      files[ShardName(prefix: "p", index: index, count: 3).name] = try bytes(of: part)
    }
    let again = try GGUF.open("p-00003-of-00003.gguf", in: MemoryTree(files), limits: .default)
    #expect(try bytes(of: again) == bytes(of: whole))
  }

  @Test func impossibleLimitsAreRefused() throws {
    let whole = model([try tensor("a", [1])])
    for limit in [GGUFSplit.Limit.bytes(0), .tensors(0), .tensors(-1)] {
      let error = #expect(throws: ModelError.self) { try GGUFSplit.plan(whole, limit) }
      #expect(error?.code == .invalidRequest)
    }
  }

  @Test func theMissingPartsAreNamed() throws {
    var files: [String: [UInt8]] = [:]
    files["split-00002-of-00003.gguf"] = try fixture("split-00002-of-00003.gguf")
    let error = #expect(throws: FormatError.self) {
      try GGUF.open("split-00002-of-00003.gguf", in: MemoryTree(files), limits: .default)
    }
    #expect(error?.code == .missingFile)
    #expect(
      error?.message.contains("split-00001-of-00003.gguf, split-00003-of-00003.gguf") == true)
  }

  /// GGUF-21: what a later part says besides its place is not used, and not hidden.
  @Test func strayMetadataIsNoted() throws {
    var parts = try GGUFSplit.plan(model([tensor("a", [1]), tensor("b", [1])]), .tensors(1))
    parts[1].metadata["general.name"] = .string("other")
    var files: [String: [UInt8]] = [:]
    for (index, part) in parts.enumerated() {
      files[ShardName(prefix: "p", index: index, count: 2).name] = try bytes(of: part)
    }
    let whole = try GGUF.open("p-00001-of-00002.gguf", in: MemoryTree(files), limits: .default)
    #expect(whole.metadata["general.name"] == nil)
    #expect(whole.problems.map(\.code) == ["shard-metadata"])
  }
}
