import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// The options of `convert`, as a user gives them.
@Suite struct ConvertTests {
  private static func metadata(_ path: String) throws -> [String: String] {
    let document = try Program.run(["inspect", path, "--json"]).json()
    var result: [String: String] = [:]
    for entry in document["metadata"]?.array ?? [] {
      result[entry["key"]?.text ?? ""] = entry["value"]?.text
    }
    return result
  }

  @Test func whatTheUserSaysOfAModelIsInIt() throws {
    let scratch = try ScratchFolder()
    let file = scratch.path + "/general.json"
    try #"{"general.author": "File", "general.license": "mit", "general.nonsense": 1}"#.write(
      toFile: file, atomically: true, encoding: .utf8)
    let output = scratch.path + "/out.gguf"
    let run = try Program.run([
      "convert", checkpoint, "-o", output, "--type", "Q8_0", "--metadata", file, "--name",
      "My model",
      "--model-version", "v2", "--organization", "ACME", "--finetune", "chat", "--basename", "mine",
      "--description", "A test", "--quantized-by", "me", "--size-label", "4M", "--license-name",
      "L",
      "--license-link", "https://l", "--url", "https://u", "--repo-url", "https://r",
    ])
    #expect(run.status == 0 && run.errors.contains("general.nonsense"))
    let expected = [
      "general.name": "My model", "general.author": "File", "general.version": "v2",
      "general.organization": "ACME", "general.finetune": "chat", "general.basename": "mine",
      "general.description": "A test", "general.quantized_by": "me", "general.size_label": "4M",
      "general.license": "mit", "general.license.name": "L", "general.license.link": "https://l",
      "general.url": "https://u", "general.repo_url": "https://r",
    ]
    let found = try Self.metadata(output)
    for (key, value) in expected { #expect(found[key] == value, "\(key)") }
    // A GGUF takes the same options.
    let again = scratch.path + "/again.gguf"
    let rerun = try Program.run(["convert", output, "-o", again, "--type", "Q8_0", "--author", "X"])
    #expect(rerun.status == 0)
    #expect(try Self.metadata(again)["general.author"] == "X")
    #expect(try Self.metadata(again)["general.name"] == "My model")
  }

  /// With --reversible the folder's own configuration and tokenizer come back, byte for byte, even from
  /// a quantized file; pruned layers would make them wrong.
  @Test func filesOfTheFolderComeBack() throws {
    let scratch = try ScratchFolder()
    let file = scratch.path + "/kept.gguf"
    #expect(
      try Program.run(["convert", checkpoint, "-o", file, "--type", "Q8_0", "--reversible"]).status
        == 0)
    let back = try Program.run(["convert", file, "-o", scratch.path + "/back/", "--type", "BF16"])
    #expect(back.status == 0, "\(back.errors)")
    let names = [
      "config.json", "generation_config.json", "tokenizer.model", "tokenizer_config.json",
    ]
    let found = try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/back").sorted()
    #expect(found == (names + ["model.safetensors"]).sorted())
    for name in names {
      #expect(
        try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/back/" + name))
          == Data(contentsOf: URL(fileURLWithPath: checkpoint + "/" + name)), "\(name)")
    }
    let pruned = scratch.path + "/pruned.gguf"
    #expect(
      try Program.run([
        "quantize", file, "-o", pruned, "--type", "Q8_0", "--prune-layers", "1",
      ]).status == 0)
    #expect(try Self.metadata(file).keys.contains("weighbridge.kept.file.0.name"))
    #expect(try !Self.metadata(pruned).keys.contains { $0.hasPrefix("weighbridge.") })
  }

  /// A folder appears whole or not at all.
  @Test func aFolderThatFailsLeavesNothing() throws {
    let scratch = try ScratchFolder()
    let broken = scratch.path + "/broken"
    try FileManager.default.copyItem(atPath: checkpoint, toPath: broken)
    let gguf = scratch.path + "/model.gguf"
    #expect(try Program.run(["convert", broken, "-o", gguf, "--type", "BF16"]).status == 0)
    // An infinity in the last matrix is met when the file is written.
    let tensors = try Program.run(["inspect", gguf, "--tensors", "--json"]).json()["tensors"]?.array
    let matrix = try #require(tensors?.last { $0["encoding"]?.text == "BF16" })
    let offset = try #require(matrix["offset"]?.integer)
    var data = try Data(contentsOf: URL(fileURLWithPath: gguf))
    data.replaceSubrange(offset..<offset + 2, with: [0x80, 0x7F])
    try data.write(to: URL(fileURLWithPath: gguf))
    let run = try Program.run(["convert", gguf, "-o", scratch.path + "/out/", "--type", "F16"])
    #expect(run.status == 3, "\(run.errors)")
    #expect(scratch.contents == ["broken", "model.gguf"])
  }

  @Test func partsOfSomeTensorsOpenAsOne() throws {
    let scratch = try ScratchFolder()
    let output = scratch.path + "/out.gguf"
    let arguments = ["convert", checkpoint, "-o", output, "--type", "F16"]
    #expect(try Program.run(arguments).status == 0)
    #expect(try Program.run(arguments + ["--split-tensors", "16"]).status == 0)
    let parts = (1...3).map { "out-0000\($0)-of-00003.gguf" }
    #expect(scratch.contents == parts + ["out.gguf"])
    let hashes = try ["/out.gguf", "/" + parts[1]].map {
      try Program.run(["hash", scratch.path + $0, "--json"]).json()["content"]?.text
    }
    #expect(hashes[0] != nil && hashes[0] == hashes[1])
    let wrong = try Program.run(arguments + ["--split-tensors", "0", "--force"])
    #expect(wrong.status == 3 || wrong.status == 2)
  }

  @Test func aDryRunNamesSourceTargetAndBytes() throws {
    let run = try Program.run(["convert", checkpoint, "--type", "Q8_0", "--dry-run", "--json"])
    let document = try run.json()
    #expect(run.status == 0 && document["written"]?.bool == false)
    let row = document["tensors"]?.array?.first { $0["name"]?.text == "blk.0.attn_q.weight" }
    #expect(row?["source"]?.text == "model.layers.0.self_attn.q_proj.weight")
    #expect(row?["operator"]?.text == "rows reordered, BF16 → Q8_0")
    #expect(row?["bytes"]?.integer == 256 * 256 / 32 * 34)
    let offsets = document["tensors"]?.array?.compactMap { $0["offset"]?.integer } ?? []
    #expect(offsets.count == 39 && offsets == offsets.sorted())
  }

  @Test func aCachedModelIsConvertedOffline() throws {
    let scratch = try ScratchFolder()
    let commit = String(repeating: "a1", count: 20)
    let model = scratch.path + "/models--owner--name"
    let snapshot = model + "/snapshots/" + commit
    let files = FileManager.default
    try files.createDirectory(atPath: model + "/refs", withIntermediateDirectories: true)
    try files.createDirectory(atPath: model + "/snapshots", withIntermediateDirectories: true)
    try files.createSymbolicLink(atPath: snapshot, withDestinationPath: checkpoint)
    try commit.write(toFile: model + "/refs/main", atomically: true, encoding: .utf8)
    let environment = ["HF_HUB_CACHE": scratch.path, "HF_HUB_OFFLINE": "1"]
    let arguments = ["--type", "F16", "--name", "Llama", "-o"]
    for (number, name) in ["hf://owner/name", "hf://owner/name@\(commit)"].enumerated() {
      let run = try Program.run(
        ["convert", name] + arguments + [scratch.path + "/\(number).gguf"],
        environment: environment)
      #expect(run.status == 0, "\(run.errors)")
    }
    let direct = scratch.path + "/direct.gguf"
    #expect(try Program.run(["convert", checkpoint] + arguments + [direct]).status == 0)
    for number in 0...1 {
      #expect(files.contentsEqual(atPath: direct, andPath: scratch.path + "/\(number).gguf"))
    }
    let missing = try Program.run(
      ["convert", "hf://owner/other", "-o", scratch.path + "/x.gguf"], environment: environment)
    #expect(missing.status != 0 && missing.errors.contains("HF_HUB_OFFLINE"))
  }

  @Test func remoteNamesSayThatLibcurlIsMissing() throws {
    let run = try Program.run(
      ["inspect", "http://127.0.0.1:9/model.gguf"],
      environment: ["WEIGHBRIDGE_LIBCURL": "/nowhere/libcurl.so.4"])
    #expect(run.status == 4 && run.errors.contains("libcurl 4, which is not found"))
  }

  @Test func anUnknownArchitectureNeedsAMap() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path + "/strange"
    try FileManager.default.copyItem(
      atPath: SharedData.fixture("checkpoints/types"), toPath: folder)
    for name in ["tokenizer.model", "tokenizer_config.json"] {
      try FileManager.default.copyItem(atPath: checkpoint + "/" + name, toPath: folder + "/" + name)
    }
    let configuration = try String(contentsOfFile: folder + "/config.json", encoding: .utf8)
    try configuration.replacing("LlamaForCausalLM", with: "OddForCausalLM").write(
      toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    let output = scratch.path + "/out.gguf"
    let refused = try Program.run(["convert", folder, "-o", output])
    #expect(refused.status == 3 && refused.errors.contains("hint: --as LlamaForCausalLM"))
    let map = scratch.path + "/map.yaml"
    try "like: llama\nkeys: {context_length: {value: 77}}\n".write(
      toFile: map, atomically: true, encoding: .utf8)
    let run = try Program.run(["convert", folder, "-o", output, "--map", map])
    #expect(run.status == 0, "\(run.errors)")
    let entries = try Program.run(["inspect", output, "--json"]).json()["metadata"]?.array ?? []
    let context = entries.first { $0["key"]?.text == "llama.context_length" }
    #expect(context?["value"]?.integer == 77)
  }
}
