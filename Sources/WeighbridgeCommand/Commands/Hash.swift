import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// `hash`: digests of tensors, files and content.
struct Hash: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the SHA-256 of each tensor, of the files, and of the content.",
    discussion: """
      The content hash is the same for the same tensors and metadata in any container: it covers names, \
      encodings, shapes, tensor bytes and metadata, sorted by name, and neither order nor alignment.

      EXAMPLES
        weighbridge hash model.gguf
        weighbridge hash ./checkpoint --json
      """)

  @Argument(help: "A model: a file, any shard, a folder, a bundle, or bundle#member.")
  var model: String

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let opened = try ModelInput.open(model)
    let hashes = try ModelHashes(opened, workers: common.workerCount, progress: common.progress)
    if json {
      Console.print(hashes.json.text())
      return
    }
    var lines = hashes.tensors.map { "\($0.digest.hexadecimal)  \($0.name.text.displayed())" }
    lines += hashes.files.map { "\($0.digest.hexadecimal)  \($0.path.displayed())" }
    lines.append("\(hashes.content.hexadecimal)  content")
    Console.print(lines.joined(separator: "\n"))
  }
}
