import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeCheckpoints
import WeighbridgeFormats
import WeighbridgeJSON
import WeighbridgeModelIR

/// How a path becomes a model.
@Suite struct FormatsTests {
  private let gguf = "gguf/types.gguf"

  private func fixture(_ name: String) throws -> [UInt8] {
    try TestFiles.bytes(SharedData.fixture(name))
  }

  private func folder(_ files: [(String, String)]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, source) in files { try folder.write(fixture(source), to: name) }
    return folder
  }

  private func code(_ path: String) -> FormatError? {
    #expect(throws: FormatError.self) { _ = try Formats.open(path: path) }
  }

  /// The content decides, never the name.
  @Test func namesDoNotMatter() throws {
    let folder = try folder([("a.safetensors", gguf), ("b.gguf", "safetensors/types.safetensors")])
    #expect(try Formats.open(path: folder.path + "/a.safetensors").origin.format == "GGUF")
    #expect(try Formats.open(path: folder.path + "/b.gguf").origin.format == "safetensors")
  }

  @Test func aFolderHoldsOneModel() throws {
    let one = try folder([("model.bin", gguf)])
    try one.write(Array("hello".utf8), to: "README.md")
    #expect(try Formats.open(path: one.path + "//").tensors.count == 12)
    let two = try folder([("a.gguf", gguf), ("b.gguf", "gguf/plain.gguf")])
    let error = code(two.path)
    #expect(error?.message.contains("a.gguf, b.gguf") == true)
    #expect(error?.hint != nil)
    let empty = try TemporaryFolder()
    #expect(code(empty.path)?.code == .notThisFormat)
  }

  @Test func aSplitModelIsOneModel() throws {
    let names = (1...3).map { "split-0000\($0)-of-00003.gguf" }
    let folder = try folder(names.map { ($0, "gguf/\($0)") })
    let model = try Formats.open(path: folder.path)
    #expect(model.tensors.count == 7)
    #expect(model.origin.files.count == 3)
    #expect(try Formats.open(path: folder.path + "/" + names[2]).tensors.count == 7)
  }

  /// transformers takes the one file, and does not look at an index beside it.
  @Test func anIndexOfOtherFilesIsPassedOver() throws {
    let folder = try folder([("model.safetensors", "safetensors/types.safetensors")])
    let index = { (file: String) in
      Array(#"{"weight_map": {"a": "\#(file)"}}"#.utf8)
    }
    try folder.write(index("model-00001-of-00002.safetensors"), to: "model.safetensors.index.json")
    let model = try Formats.open(path: folder.path)
    #expect(model.problems.contains { $0.code == "stale-index" })
    #expect(model.tensors.count > 3)
    try folder.write(index("model.safetensors"), to: "model.safetensors.index.json")
    #expect(try !Formats.open(path: folder.path).problems.contains { $0.code == "stale-index" })
  }

  @Test func anIndexBesideOtherShardsIsNamed() throws {
    let folder = try folder([
      ("model-00001-of-00002.safetensors", "safetensors/shards-00001-of-00002.safetensors"),
      ("model-00002-of-00002.safetensors", "safetensors/shards-00002-of-00002.safetensors"),
    ])
    #expect(try Formats.open(path: folder.path).tensors.count == 3)
    try folder.write(
      Array(#"{"weight_map": {"a": "model-00001-of-00003.safetensors"}}"#.utf8),
      to: "model.safetensors.index.json")
    let error = #expect(throws: FormatError.self) { try Formats.open(path: folder.path) }
    #expect(error?.code == .missingFile)
    #expect(error?.hint?.contains("remove it") == true)
  }

  @Test func anIndexComesFirst() throws {
    let folder = try folder([
      ("model.safetensors.index.json", "safetensors/shards.safetensors.index.json"),
      ("shards-00001-of-00002.safetensors", "safetensors/shards-00001-of-00002.safetensors"),
      ("shards-00002-of-00002.safetensors", "safetensors/shards-00002-of-00002.safetensors"),
      ("other.gguf", gguf),
    ])
    #expect(try Formats.open(path: folder.path).tensors.map(\.name.text).count == 3)
    #expect(
      try Formats.open(path: folder.path + "/model.safetensors.index.json").tensors.count == 3)
  }

  /// A checkpoint's own tensors come before what was made of them.
  @Test func aCheckpointHasCompanions() throws {
    let folder = try folder([
      ("model.safetensors", "safetensors/types.safetensors"), ("converted.gguf", gguf),
    ])
    try folder.write(
      Array(#"{"model_type": "llama", "architectures": ["L"]}"#.utf8), to: "config.json")
    for path in [folder.path, folder.path + "/model.safetensors"] {
      let model = try Formats.open(path: path)
      #expect(model.origin.format == "safetensors")
      let checkpoint = try Checkpoint(model)
      #expect(checkpoint.modelType == "llama" && checkpoint.architectureClass == "L")
      #expect(checkpoint.generation == nil && checkpoint.tokenizer == nil)
      #expect(checkpoint.files.contains("config.json"))
    }
    #expect(try Formats.open(path: folder.path + "/converted.gguf").companions == nil)
  }

  @Test func aFileAloneIsNoCheckpoint() throws {
    let folder = try folder([("x.safetensors", "safetensors/types.safetensors")])
    let model = try Formats.open(path: folder.path + "/x.safetensors")
    #expect(model.companions == nil)
    let error = #expect(throws: FormatError.self) { _ = try Checkpoint(model) }
    #expect(error?.code == .missingFile)
  }

  @Test func companionsAreBounded() throws {
    let tree = MemoryTree([
      "config.json": Array("{}".utf8), "bad.json": Array("{".utf8), "long.txt": [1, 2, 3, 4, 5, 6],
      "latin1.txt": [0xE9],
    ])
    var limits = ReadLimits()
    limits.headerBytes = 5
    let files = CheckpointFiles(tree, limits: limits)
    #expect(try files.json("config.json") == [:])
    #expect(try files.json("none.json") == nil && files.bytes("none") == nil)
    let refused: [(FormatError.Code, () throws -> Void)] = [
      (.truncated, { _ = try files.json("bad.json") }),
      (.limitExceeded, { _ = try files.bytes("long.txt") }),
      (.invalidUTF8, { _ = try files.text("latin1.txt") }),
      (.missingFile, { _ = try files.requiredJSON("none.json") }),
    ]
    for (code, read) in refused {
      let error = #expect(throws: FormatError.self) { try read() }
      #expect(error?.code == code)
    }
  }

  @Test func whatIsNoModelIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("version https://git-lfs.github.com/spec/v1\n".utf8), to: "m.gguf")
    #expect(code(folder.path + "/m.gguf")?.message.contains("Git LFS pointer") == true)
    #expect(code(folder.path)?.message.contains("m.gguf is a Git LFS pointer") == true)
    #expect(code(folder.path + "/missing.gguf")?.code == .io)
    let pickles = try TemporaryFolder()
    try pickles.write([0x50, 0x4B, 3, 4], to: "pytorch_model.bin")
    #expect(code(pickles.path)?.message.contains("pytorch_model.bin") == true)
  }
}
