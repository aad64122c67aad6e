import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")
private let text = SharedData.fixture("text/test.txt")

/// Stored references, plans and gates of `compare`.
@Suite struct BaselineTests {
  @Test func aStoredReferenceServesForTheReference() throws {
    let scratch = try ScratchFolder()
    let q4 = scratch.path + "/q4_0.gguf"
    #expect(try Program.run(["quantize", checkpoint, "-o", q4, "--type", "Q4_0"]).status == 0)
    let stored = scratch.path + "/reference.baseline"
    let both = ["compare", checkpoint, q4, "--text", text, "--windows", "3", "--json"]
    let walked = try Program.run(both + ["--save-baseline", stored])
    #expect(walked.status == 0)
    let read = try Program.run(["compare", "--baseline", stored, q4, "--json"])
    #expect(read.status == 0)
    for key in ["kld", "perplexity", "referencePerplexity", "sameTop", "deltaP"] {
      let (expected, actual) = (try figure(walked, key), try figure(read, key))
      #expect(expected != nil && expected == actual, "\(key)")
    }
    // The same text may be given again; another one is refused.
    let again = ["compare", "--baseline", stored, q4, "--text"]
    #expect(try Program.run(again + [text]).status == 0)
    let other = scratch.path + "/other.txt"
    try String(repeating: "Something else. ", count: 400)
      .write(toFile: other, atomically: true, encoding: .utf8)
    #expect(try Program.run(again + [other]).status != 0)
    #expect(try Program.run(["compare", "--baseline", text, q4]).status == 3)
    #expect(try Program.run(["compare", "--baseline", q4, q4]).status == 2)
    let twice = try Program.run(both + ["--save-baseline", stored])
    #expect(twice.status == 4 && twice.errors.contains("--force"))
  }

  /// What llama-perplexity stores serves as well.
  ///
  /// The file is that of `-c 64 --chunks 2 --kl-divergence-base` for this model in F16, whose perplexity
  /// is 26.6243 there. For Q4_0 that program finds a mean divergence of 0.00612, with activations that
  /// it rounds.
  @Test func aFileOfLlamaPerplexityServesForTheReference() throws {
    let scratch = try ScratchFolder()
    let logits = SharedData.fixture("golden/jargon-llama.logits")
    let files = try ["F16", "Q4_0"].map { type in
      let path = scratch.path + "/\(type).gguf"
      let run = try Program.run(["quantize", checkpoint, "-o", path, "--type", type])
      #expect(run.status == 0)
      return path
    }
    let same = try Program.run(["compare", "--baseline", logits, files[0], "--json"])
    #expect(same.status == 0, "\(same.errors)")
    let perplexity = try #require(try figure(same, "perplexity")?.double)
    let reference = try #require(try figure(same, "referencePerplexity")?.double)
    #expect(abs(perplexity - 26.6243) < 1e-3 && abs(reference - 26.6243) < 1e-3)
    #expect(try figure(same, "kld")?["mean"]?.double ?? 1 < 1e-5)
    #expect(try figure(same, "sameTop")?["value"]?.double == 100)
    let rounded = try Program.run(["compare", "--baseline", logits, files[1], "--json"])
    let divergence = try #require(try figure(rounded, "kld")?["mean"]?.double)
    #expect(abs(divergence / 0.00612 - 1) < 0.05, "\(divergence)")
    // Another vocabulary, and a file that ends early.
    var bytes = try Data(contentsOf: URL(fileURLWithPath: logits))
    bytes[12] = 0xFF
    let other = scratch.path + "/other.logits"
    try bytes.write(to: URL(fileURLWithPath: other))
    #expect(try Program.run(["compare", "--baseline", other, files[0]]).status == 3)
    try bytes.prefix(5_000).write(to: URL(fileURLWithPath: other))
    let short = try Program.run(["compare", "--baseline", other, files[0]])
    #expect(short.status == 3 && short.errors.contains("[truncated]"))
  }

  @Test func plansSayHowTheTextWillWalk() throws {
    for command in [["perplexity", checkpoint], ["compare", checkpoint, checkpoint]] {
      let run = try Program.run(
        command + ["--text", text, "--windows", "8", "--memory", "64MiB", "--dry-run", "--json"])
      #expect(run.status == 0)
      let plan = try run.json()["plan"]
      let (windows, batch) = (plan?["windows"]?.integer, plan?["windowsPerBatch"]?.integer)
      #expect(windows == 8)
      #expect((1...8).contains(batch ?? 0))
      #expect(plan?["passes"]?.integer == (8 + (batch ?? 1) - 1) / (batch ?? 1))
      #expect(plan?["totalBytes"]?.integer ?? .max <= 64 << 20)
    }
    let tight = try Program.run(
      ["perplexity", checkpoint, "--text", text, "--memory", "1MiB"])
    #expect(tight.status == 2 && tight.errors.contains("smaller context"))
  }

  private func figure(_ run: Program, _ key: String) throws -> JSONValue? {
    try run.json()["models"]?.array?.first?.object?.members
      .first { $0.key.text == key }?.value
  }
}
