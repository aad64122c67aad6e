import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeModelIR

@testable import WeighbridgeTorchArchives

@Suite struct TorchArchivesTests {
  @Test func everyTensorIsWhatPyTorchSaved() throws {
    let expected = try TorchFixtures.expected()
    #expect(expected.count >= 13)
    for (file, tensors) in expected {
      let model = try TorchFixtures.open(file)
      for step in [1, 3, 1 << 20] {
        let facts = try TorchFixtures.facts(model, step: step)
        #expect(facts == tensors, "\(file), \(step) rows at a time")
      }
    }
  }

  @Test func allTypesOfNumbersAreThere() throws {
    let seen = Set(try TorchFixtures.open("types.pt").tensors.map(\.name.text))
    #expect(seen == Set(TorchNumberType.allCases.map(\.rawValue)))
  }

  @Test func archivesAreRecognisedByTheirBytes() throws {
    for file in try TorchFixtures.expected().map(\.file) + ["sharded/pytorch_model.bin.index.json"]
    {
      let source = MemorySource(try TorchFixtures.bytes(file), name: "anything")
      #expect(TorchArchives.recognizes(try source.readPrefix(4096), in: source), "\(file)")
    }
    let others: [[UInt8]] = [
      [], Array("GGUF".utf8), try TorchFixtures.bytes("malformed/plain.pickle"),
      Array(#"{"weight_map": {"a": "model-00001-of-00001.safetensors"}}"#.utf8),
      Array(#"{"weight_map": {}}"#.utf8), ZipBuilder(pickle: []).build().dropLast(40),
    ]
    for (index, bytes) in others.dropLast().enumerated() {
      let source = MemorySource(bytes)
      #expect(!TorchArchives.recognizes(bytes, in: source), "\(index)")
    }
    var zip = ZipBuilder(pickle: [])
    zip.entries[0].name = "word/document.xml"
    let document = MemorySource(zip.build())
    #expect(!TorchArchives.recognizes(try document.readPrefix(4096), in: document))
    zip.entries.append(.init(name: "x/data.pkl", bytes: []))
    let late = MemorySource(zip.build())
    #expect(TorchArchives.recognizes(try late.readPrefix(4096), in: late))
  }

  @Test func originAndPlacesAreGiven() throws {
    let model = try TorchFixtures.open("views.pt")
    #expect(model.origin.format == "PyTorch")
    #expect(model.origin.version == "3")
    #expect(model.origin.files.count == 1)
    let whole = try #require(model.tensor(named: "whole"))
    let tied = try #require(model.tensor(named: "tied"))
    #expect(whole.location == tied.location)
    #expect(whole.location != nil)
    #expect(model.tensor(named: "transposed")?.location == nil)
    let legacy = try TorchFixtures.open("legacy.pt")
    #expect(legacy.origin.version == "1001")
    #expect(try TorchFixtures.open("big-endian.pt").origin.byteOrder == .big)
  }

  @Test func whatLiesBesideTheModelIsNamed() throws {
    let problems = try TorchFixtures.open("training.pt").problems
    #expect(problems.map(\.code) == ["beside-the-model"])
    #expect(problems[0].message.contains("epoch"))
    #expect(problems[0].message.contains("optimizer"))
  }

  @Test func shardsOpenByAnyOfTheirNames() throws {
    let folder = "sharded/"
    let whole = try TorchFixtures.facts(
      TorchFixtures.open(folder + "pytorch_model.bin.index.json"), step: 2)
    for shard in 1...2 {
      let model = try TorchFixtures.open(folder + "pytorch_model-0000\(shard)-of-00002.bin")
      #expect(try TorchFixtures.facts(model, step: 2) == whole)
      #expect(model.origin.files.count == 2)
    }
  }

  @Test func shardsWithoutAnIndexOpenByTheirNames() throws {
    let names = (1...2).map { "pytorch_model-0000\($0)-of-00002.bin" }
    let files = try names.map { ($0, try TorchFixtures.bytes("sharded/" + $0)) }
    let whole = try TorchFixtures.facts(
      TorchFixtures.open("sharded/pytorch_model.bin.index.json"), step: 2)
    let tree = MemoryTree(Dictionary(uniqueKeysWithValues: files))
    for name in names {
      let model = try TorchArchives.open(name, in: tree, limits: .default)
      #expect(try TorchFixtures.facts(model, step: 2) == whole)
      #expect(model.problems.map(\.code).contains("no-index"))
    }
    let half = MemoryTree([files[1].0: files[1].1])
    let model = try TorchArchives.open(names[1], in: half, limits: .default)
    #expect(model.problems.map(\.code).contains("single-shard"))
    let twice = MemoryTree([names[0]: files[0].1, names[1]: files[0].1])
    #expect(throws: FormatError.self) {
      try TorchArchives.open(names[0], in: twice, limits: .default)
    }
  }

  @Test func anIndexIsCheckedBothWays() throws {
    let first = try TorchFixtures.bytes("sharded/pytorch_model-00001-of-00002.bin")
    let second = try TorchFixtures.bytes("sharded/pytorch_model-00002-of-00002.bin")
    func open(_ map: String, _ files: [String: [UInt8]]) throws -> Model {
      var files = files
      files["i.json"] = Array("{\"weight_map\": {\(map)}}".utf8)
      return try TorchArchives.open("i.json", in: MemoryTree(files), limits: .default)
    }
    let both = ["1.bin": first, "2.bin": second]
    let complete = #""a": "1.bin", "b": "1.bin", "c": "2.bin""#
    #expect(try open(complete, both).problems.isEmpty)
    // In the index, and in no file.
    #expect(throws: FormatError.self) { try open(complete + #", "d": "2.bin""#, both) }
    // In a file, and not in the index.
    let partial = try open(#""a": "1.bin", "c": "2.bin""#, both)
    #expect(partial.problems.map(\.code) == ["index-mismatch"])
    #expect(partial.tensors.count == 3)
    func code(_ map: String, _ files: [String: [UInt8]]) -> FormatError.Code? {
      do {
        _ = try open(map, files)
        return nil
      } catch { return (error as? FormatError)?.code }
    }
    #expect(code(complete, ["1.bin": first]) == .missingFile)
    #expect(code(#""a": "../1.bin""#, both) == .unsafePath)
    #expect(code(complete, ["1.bin": first, "2.bin": Array(second.dropLast(9))]) == .truncated)
  }

  @Test func partsOfMetasCheckpointsAreJoined() throws {
    for folder in ["llama-2", "llama-3"] {
      let model = try TorchFixtures.open(folder + "/consolidated.01.pth")
      let expected = try #require(
        TorchFixtures.expected().first { $0.file == folder + "/consolidated.00.pth" })
      #expect(try TorchFixtures.facts(model, step: 3) == expected.tensors)
      #expect(model.origin.files.count == 2)
    }
  }

  @Test func aPartOfUnknownTensorsIsRefused() throws {
    let part = ZipBuilder(
      pickle: PickleBuilder.dictionary(
        "layers.0.router.weight", PickleBuilder.tensor(count: 1, size: [1, 1], stride: [1, 1])),
      storages: [[0, 0, 0, 0]]
    ).build()
    let tree = MemoryTree(["consolidated.00.pth": part, "consolidated.01.pth": part])
    #expect(throws: FormatError.self) {
      try TorchArchives.open("consolidated.00.pth", in: tree, limits: .default)
    }
    let single = MemoryTree(["consolidated.00.pth": part])
    let model = try TorchArchives.open("consolidated.00.pth", in: single, limits: .default)
    #expect(model.tensors.count == 1)
  }

  @Test func aFoldersMainFileIsFound() {
    #expect(TorchArchives.mainFile(among: ["a", "pytorch_model.bin"]) == "pytorch_model.bin")
    #expect(
      TorchArchives.mainFile(among: ["pytorch_model.bin", "pytorch_model.bin.index.json"])
        == "pytorch_model.bin")
    #expect(
      TorchArchives.mainFile(
        among: [
          "optimizer.bin", "pytorch_model-00002-of-00002.bin", "pytorch_model-00001-of-00002.bin",
        ])
        == "pytorch_model-00001-of-00002.bin")
    #expect(TorchArchives.mainFile(among: ["training_args.bin"]) == nil)
  }
}
