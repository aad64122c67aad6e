import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")
private let text = SharedData.fixture("text/test.txt")

/// The main job, end to end, on the trained fixture.
@Suite struct WorkflowTests {
  @Test func convertQuantizeComparePackUnpack() throws {
    let scratch = try ScratchFolder()
    let f16 = scratch.path + "/f16.gguf"
    let q4 = scratch.path + "/q4_k_m.gguf"
    #expect(try Program.run(["convert", checkpoint, "-o", f16, "--type", "F16"]).status == 0)
    let run = try Program.run(["quantize", f16, "-o", q4, "--type", "Q4_K_M", "--json"])
    #expect(run.status == 0)
    #expect(try run.json()["schema"]?.text == "weighbridge.quantize/1")

    // llama-perplexity's figures for the same text (Fixtures/golden/perplexity.json).
    let golden = try JSONValue.parse(
      Array(
        try Data(contentsOf: URL(fileURLWithPath: SharedData.fixture("golden/perplexity.json")))))
    let comparison = try Program.run(["compare", checkpoint, f16, q4, "--text", text, "--json"])
    #expect(comparison.status == 0)
    let models = try comparison.json()["models"]?.array ?? []
    #expect(models.count == 2)
    let expected = golden["F16"]?["perplexity"]?.array?.first?.double ?? 0
    let measured = models.first?["perplexity"]?.double ?? 0
    #expect(abs(measured / expected - 1) < 1e-3, "\(measured) against \(expected)")
    let q4Expected =
      golden["Q4_K_M"]?["statistics"]?["Mean PPL(Q)"]?.array?.first?.double ?? 0
    let q4Measured = models.last?["perplexity"]?.double ?? 0
    #expect(abs(q4Measured / q4Expected - 1) < 1e-3, "\(q4Measured) against \(q4Expected)")

    let bundle = scratch.path + "/model.oci.tar"
    #expect(try Program.run(["pack", q4, "-o", bundle]).status == 0)
    #expect(try Program.run(["verify", bundle]).status == 0)
    let unpacked = scratch.path + "/unpacked"
    #expect(try Program.run(["unpack", bundle, "-o", unpacked]).status == 0)
    #expect(
      FileManager.default.contentsEqual(atPath: q4, andPath: unpacked + "/q4_k_m.gguf"))
    // The member of a bundle is a model like any other.
    let hashes = try [q4, bundle + "#q4_k_m.gguf"].map {
      try Program.run(["hash", $0, "--json"]).json()["content"]?.text
    }
    #expect(hashes[0] != nil && hashes[0] == hashes[1])
  }

  @Test func theBytesAreTheSameForAnyNumberOfThreads() throws {
    let scratch = try ScratchFolder()
    for threads in ["1", "2", "8"] {
      let run = try Program.run([
        "quantize", checkpoint, "-o", scratch.path + "/\(threads).gguf", "--type", "Q4_K_M",
        "--threads", threads,
      ])
      #expect(run.status == 0)
    }
    for threads in ["2", "8"] {
      #expect(
        FileManager.default.contentsEqual(
          atPath: scratch.path + "/1.gguf", andPath: scratch.path + "/\(threads).gguf"))
    }
  }

  @Test func nothingIsOverwrittenUnlessAsked() throws {
    let scratch = try ScratchFolder()
    let output = scratch.path + "/out.gguf"
    try Data("precious".utf8).write(to: URL(fileURLWithPath: output))
    let refused = try Program.run(["convert", checkpoint, "-o", output])
    #expect(refused.status == 4 && refused.errors.contains("--force"))
    #expect(try String(contentsOfFile: output, encoding: .utf8) == "precious")
    #expect(scratch.contents == ["out.gguf"])
    let forced = try Program.run(["convert", checkpoint, "-o", output, "--force"])
    #expect(forced.status == 0 && scratch.contents == ["out.gguf"])
  }

  @Test func aDryRunWritesNothingAndKnowsTheSize() throws {
    let scratch = try ScratchFolder()
    let output = scratch.path + "/out.gguf"
    let arguments = ["quantize", checkpoint, "--type", "Q5_K_M", "-o", output, "--json"]
    let planned = try Program.run(arguments + ["--dry-run"]).json()["bytes"]?.integer
    #expect(scratch.contents.isEmpty)
    #expect(try Program.run(arguments).status == 0)
    let size = try FileManager.default.attributesOfItem(atPath: output)[.size] as? Int
    #expect(planned == size && size != nil)
  }

  @Test func gatesDecideTheExitStatus() throws {
    let scratch = try ScratchFolder()
    let q4 = scratch.path + "/q4_0.gguf"
    #expect(try Program.run(["quantize", checkpoint, "-o", q4, "--type", "Q4_0"]).status == 0)
    let base = ["compare", checkpoint, q4, "--text", text, "--windows", "2"]
    #expect(try Program.run(base + ["--max-kld", "10"]).status == 0)
    let failed = try Program.run(base + ["--max-kld", "0.00001", "--min-same-top", "99.99%"])
    #expect(failed.status == 1 && failed.errors.contains("mean KL divergence"))
    #expect(failed.errors.contains("same top token") && failed.output.contains("MEAN KLD"))
  }

  @Test func logitsAreANumPyFile() throws {
    let scratch = try ScratchFolder()
    let output = scratch.path + "/logits.npy"
    let run = try Program.run(["logits", checkpoint, "--tokens", "1,20,300", "-o", output])
    #expect(run.status == 0)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: output)))
    #expect(bytes.starts(with: [0x93] + Array("NUMPY".utf8)))
    #expect(String(decoding: bytes.prefix(128), as: UTF8.self).contains("(3, 1024)"))
    #expect(bytes.count == 128 + 3 * 1024 * 4)
  }

  @Test func tokenizingThereAndBack() throws {
    let sentence = "A hacker is one who programs enthusiastically — or just enjoys it."
    let tokens = try Program.run(["tokenize", checkpoint, sentence, "--json"]).json()["tokens"]
    let ids = tokens?.array?.compactMap { $0.integer } ?? []
    #expect(ids.first == 1 && ids.count > 5)
    let list = ids.map(String.init).joined(separator: ",")
    let back = try Program.run(["detokenize", checkpoint, "--tokens", list])
    #expect(back.output == sentence + "\n")
  }

  /// Whether the caller's threads block the signal, as some shells and services do, or not: threads of
  /// libraries inherit the mask, and one that does not block it must not end the process at once.
  @Test(arguments: [true, false])
  func anInterruptLeavesNothingBehind(_ isBlocked: Bool) throws {
    let scratch = try ScratchFolder()
    try SparseCheckpoint.write(to: scratch.path + "/model", layers: 24)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = [
      "quantize", scratch.path + "/model", "-o", scratch.path + "/out.gguf", "--type", "Q4_K_M",
    ]
    process.standardError = FileHandle.nullDevice
    var signals = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGINT, SIGTERM] { unsafe sigaddset(&signals, signal) }
    unsafe pthread_sigmask(isBlocked ? SIG_BLOCK : SIG_UNBLOCK, &signals, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
    // The temporary file shows that the work has begun.
    for _ in 0..<500 where scratch.contents.count < 2 { usleep(10_000) }
    #expect(scratch.contents.count >= 2)
    if isBlocked { process.interrupt() } else { process.terminate() }
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == (isBlocked ? 130 : 143))
    #expect(scratch.contents == ["model"])
  }
}

/// A checkpoint of zeros that takes no room on the disk and a while to quantize.
enum SparseCheckpoint {
  static func write(to folder: String, layers: Int) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["config.json", "tokenizer.model", "tokenizer_config.json"] {
      try FileManager.default.copyItem(
        atPath: checkpoint + "/" + name, toPath: folder + "/" + name)
    }
    let (width, wide, vocabulary) = (2048, 8192, 1024)
    var configuration = try String(contentsOfFile: folder + "/config.json", encoding: .utf8)
    for (key, value) in [
      ("hidden_size", width), ("intermediate_size", wide), ("num_hidden_layers", layers),
      ("num_attention_heads", 32), ("num_key_value_heads", 32),
    ] {
      configuration = configuration.replacing(
        try Regex("\"\(key)\": \\d+"), with: "\"\(key)\": \(value)")
    }
    try configuration.write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    var members: [String] = []
    var offset = 0
    func add(_ name: String, _ shape: Int...) {
      let size = shape.reduce(2, *)
      members.append(
        "\"\(name)\":{\"dtype\":\"BF16\",\"shape\":\(shape),\"data_offsets\":[\(offset),\(offset + size)]}"
      )
      offset += size
    }
    add("model.embed_tokens.weight", vocabulary, width)
    add("model.norm.weight", width)
    add("lm_head.weight", vocabulary, width)
    for layer in 0..<layers {
      let block = "model.layers.\(layer)."
      add(block + "input_layernorm.weight", width)
      for part in ["q", "k", "v", "o"] {
        add(block + "self_attn.\(part)_proj.weight", width, width)
      }
      add(block + "post_attention_layernorm.weight", width)
      add(block + "mlp.gate_proj.weight", wide, width)
      add(block + "mlp.up_proj.weight", wide, width)
      add(block + "mlp.down_proj.weight", width, wide)
    }
    let header = Array(("{" + members.joined(separator: ",") + "}").utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    let path = folder + "/model.safetensors"
    try Data(length + header).write(to: URL(fileURLWithPath: path))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.truncate(atOffset: UInt64(8 + header.count + offset))
    try handle.close()
  }
}
