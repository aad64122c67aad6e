import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

/// Classes that are known, that are not, and what sees or hears for a text model.
@Suite struct ArchitectureTests {
  /// A copy of the small Llama under another class.
  private static func derived(_ name: String) throws -> ScratchFolder {
    let scratch = try ScratchFolder()
    let source = SharedData.fixture("models/jargon-llama")
    for file in TestFiles.names(in: source) where file != "config.json" {
      try FileManager.default.createSymbolicLink(
        atPath: scratch.path + "/" + file, withDestinationPath: source + "/" + file)
    }
    let text = try String(contentsOfFile: source + "/config.json", encoding: .utf8)
      .replacing("LlamaForCausalLM", with: name)
    try text.write(toFile: scratch.path + "/config.json", atomically: true, encoding: .utf8)
    return scratch
  }

  @Test func theListOfClassesFits80Columns() throws {
    let run = try Program.run(["convert", "--architectures"])
    #expect(run.status == 0 && run.errors.isEmpty)
    let lines = run.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines.contains { $0.hasPrefix("LlamaForCausalLM ") && $0.contains("logits") })
    let document = try Program.run(["convert", "--architectures", "--json"]).json()
    #expect(document["schema"]?.text == "weighbridge.architectures/1")
    let kinds = document["architectures"]?.array?.compactMap { $0["kind"]?.text } ?? []
    #expect(kinds.contains("text") && kinds.contains("projector"))
  }

  @Test func aClassThatFitsAKnownOneIsNamedAndReadSo() throws {
    let folder = try Self.derived("Llama9FancyForCausalLM")
    let output = folder.path + "/out.gguf"
    let refused = try Program.run(["convert", folder.path, "-o", output])
    #expect(refused.status == 3)
    #expect(refused.errors.contains("have the names and shapes of 'LlamaForCausalLM'"))
    #expect(refused.errors.contains("--as LlamaForCausalLM"))
    for name in ["LlamaForCausalLM", "llama"] {
      let run = try Program.run(["convert", folder.path, "-o", output, "--as", name, "--force"])
      #expect(run.status == 0, "\(run.errors)")
    }
    let own = folder.path + "/own.npy"
    let other = folder.path + "/other.npy"
    let tokens = ["--tokens", "1,5,9,33"]
    _ = try Program.run(
      ["logits", SharedData.fixture("models/jargon-llama"), "-o", own] + tokens)
    let run = try Program.run(["logits", folder.path, "-o", other, "--as", "llama"] + tokens)
    #expect(run.status == 0, "\(run.errors)")
    #expect(FileManager.default.contentsEqual(atPath: own, andPath: other))
    let wrong = try Program.run(
      ["logits", folder.path, "-o", other, "--force", "--as", "nothing"] + tokens)
    #expect(wrong.status == 2 && wrong.errors.contains("convert --architectures"))
  }

  @Test func aClassWithOtherPartsIsToldWhatIsMissing() throws {
    let folder = try ScratchFolder()
    // Tensors of a kind of layer that no family has: two, in a file of safetensors by hand.
    let header =
      #"{"model.embed_tokens.weight":{"dtype":"F32","shape":[4,4],"data_offsets":[0,64]},"#
      + #""model.layers.0.odd.A_log":{"dtype":"F32","shape":[4],"data_offsets":[64,80]}}"#
    var bytes = Data()
    bytes.append(
      contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> ($0 * 8)) })
    bytes.append(contentsOf: header.utf8)
    bytes.append(Data(count: 80))
    try bytes.write(to: URL(fileURLWithPath: folder.path + "/model.safetensors"))
    try #"{"architectures": ["OddForCausalLM"], "hidden_size": 4, "num_hidden_layers": 1}"#
      .write(toFile: folder.path + "/config.json", atomically: true, encoding: .utf8)
    let run = try Program.run(["convert", folder.path, "-o", folder.path + "/out.gguf"])
    #expect(run.status == 3)
    #expect(run.errors.contains("state-space layers ('model.layers.{n}.odd.A_log')"))
  }

  @Test(.enabled(if: SharedData.isPresent))
  func bothFilesAppearOrNeither() throws {
    let folder = SharedData.path("zoo2/gemma3-vision/hf")
    let scratch = try ScratchFolder()
    let (text, projector) = (scratch.path + "/text.gguf", scratch.path + "/projector.gguf")
    let both = ["convert", folder, "-o", text, "--with-mmproj", projector, "--type", "F16"]
    let run = try Program.run(both)
    #expect(run.status == 0, "\(run.errors)")
    #expect(scratch.contents == ["projector.gguf", "text.gguf"])
    let alone = scratch.path + "/alone.gguf"
    _ = try Program.run(["convert", folder, "-o", alone, "--mmproj", "--type", "F16"])
    #expect(FileManager.default.contentsEqual(atPath: projector, andPath: alone))
    let shown = try Program.run(["inspect", projector])
    #expect(shown.output.contains("gemma3, for vision"))
    #expect(shown.output.contains("image size 56, patch size 14, layers 3, width 32"))
    // The second file is there: the first is not replaced either.
    try FileManager.default.removeItem(atPath: text)
    let refused = try Program.run(both)
    #expect(refused.status == 4 && !scratch.contents.contains("text.gguf"), "\(refused.errors)")
    let logits = try Program.run([
      "logits", projector, "--tokens", "1", "-o", scratch.path + "/x.npy",
    ])
    #expect(logits.status == 3 && logits.errors.contains("this is a projector"))
    let wrong = try Program.run(["convert", folder, "-o", text, "--mmproj", "--vocab-only"])
    #expect(wrong.status == 2)
  }
}
