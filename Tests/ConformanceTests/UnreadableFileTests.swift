import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeFormats
import WeighbridgeModelIR

/// A folder of which one file cannot be opened: an error, never the model that the others make.
@Suite struct UnreadableFileTests {
  /// Files in memory, one of which the system refuses.
  private struct FailingTree: FileTree {
    let files: MemoryTree
    let failing: String
    var name: String { files.name }
    var names: [String] { files.names }

    func open(_ name: String) throws(IOError) -> any ByteSource {
      // 13 is EACCES.
      if name == failing { throw IOError(.open, path: name, number: 13) }
      return try files.open(name)
    }
  }

  private static func tree(_ paths: [String: String], failing: String) throws -> FailingTree {
    let files = try paths.mapValues { try TestFiles.bytes(SharedData.fixture($0)) }
    return FailingTree(files: MemoryTree(files), failing: failing)
  }

  private static let folders: [(files: [String: String], file: String?, failing: String)] = [
    (
      ["a.gguf": "gguf/plain.gguf", "b.gguf": "gguf/plain.gguf"], nil, "a.gguf"
    ),
    (
      [
        "shards.safetensors.index.json": "safetensors/shards.safetensors.index.json",
        "shards-00001-of-00002.safetensors": "safetensors/shards-00001-of-00002.safetensors",
        "shards-00002-of-00002.safetensors": "safetensors/shards-00002-of-00002.safetensors",
      ], "shards-00001-of-00002.safetensors", "shards.safetensors.index.json"
    ),
    (
      [
        "pytorch_model.bin.index.json": "checkpoints/torch-shards/pytorch_model.bin.index.json",
        "pytorch_model-00001-of-00002.bin":
          "checkpoints/torch-shards/pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin":
          "checkpoints/torch-shards/pytorch_model-00002-of-00002.bin",
      ], "pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json"
    ),
    (
      [
        "consolidated.00.pth": "checkpoints/meta/consolidated.00.pth",
        "consolidated.01.pth": "checkpoints/meta/consolidated.01.pth",
      ], "consolidated.00.pth", "consolidated.01.pth"
    ),
  ]

  @Test(arguments: folders.indices)
  func whatCannotBeOpenedIsNotPassedOver(_ index: Int) throws {
    let (files, file, failing) = Self.folders[index]
    for failing in ["", failing] {
      let tree = try Self.tree(files, failing: failing)
      let open = { () throws -> Model in
        guard let file else { return try Formats.open(folder: tree) }
        return try Formats.open(file, in: tree)
      }
      guard !failing.isEmpty else {
        // Two models in a folder are an error of their own.
        if file != nil { #expect(throws: Never.self) { _ = try open() } }
        continue
      }
      let error = #expect(throws: FormatError.self) { _ = try open() }
      #expect(error?.cause?.path == failing, "\(String(describing: error))")
    }
  }
}
