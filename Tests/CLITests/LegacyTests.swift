import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

/// Files of before GGUF through the program.
@Suite struct LegacyTests {
  private static func small(_ name: String) -> String { SharedData.fixture("legacy/\(name).bin") }

  private func metadata(of path: String) throws -> [String: JSONValue] {
    let shown = try Program.run(["inspect", path, "--json"]).json()
    var table: [String: JSONValue] = [:]
    for entry in shown["metadata"]?.array ?? [] {
      if let key = entry["key"]?.text { table[key] = entry["value"] }
    }
    return table
  }

  @Test func theHelpNamesWhatOldHeadersLack() throws {
    let help = try Program.run(["convert", "--help"])
    for flag in ["--rms-eps", "--context-length", "--rope-base", "--vocab", "ggmlv3"] {
      #expect(help.output.contains(flag), "\(flag)")
    }
  }

  @Test func flagsSetWhatTheHeaderLacks() throws {
    let scratch = try ScratchFolder()
    let output = scratch.path + "/new.gguf"
    let run = try Program.run([
      "convert", Self.small("models/ggjt-3"), "-o", output, "--rms-eps", "1e-5", "--context-length",
      "4096",
      "--rope-base", "500000", "--name", "Old One",
    ])
    #expect(run.status == 0 && !run.errors.contains("assumed"), "\(run.errors)")
    let table = try metadata(of: output)
    #expect(table["llama.attention.layer_norm_rms_epsilon"]?.double.map { Float($0) } == 1e-5)
    #expect(table["llama.context_length"]?.integer == 4096)
    #expect(table["llama.rope.freq_base"]?.double == 500_000)
    #expect(table["general.name"]?.text == "Old One")
    #expect(table["llama.feed_forward_length"]?.integer == 64)
  }

  /// What differs between models of the file's time is said, with the flag that sets it.
  @Test func assumptionsAreNamed() throws {
    let scratch = try ScratchFolder()
    let late = try Program.run([
      "convert", Self.small("models/ggjt-3"), "-o", scratch.path + "/a.gguf",
    ])
    #expect(late.status == 0)
    #expect(late.errors.contains("--rms-eps") && late.errors.contains("--context-length"))
    // Before LLaMA 2 there was one value.
    for name in ["ggml", "ggmf-1", "ggjt-1", "ggjt-2"] {
      let output = scratch.path + "/\(name).gguf"
      let early = try Program.run(["convert", Self.small("models/" + name), "-o", output])
      #expect(early.status == 0 && !early.errors.contains("--rms-eps"), "\(early.errors)")
      let table = try metadata(of: output)
      #expect(table["llama.attention.layer_norm_rms_epsilon"]?.double.map { Float($0) } == 1e-6)
    }
  }

  @Test func wrongUse() throws {
    let scratch = try ScratchFolder()
    let good = scratch.path + "/good.gguf"
    #expect(try Program.run(["convert", Self.small("models/ggjt-3"), "-o", good]).status == 0)
    let output = scratch.path + "/out.gguf"
    for (model, flags, expected) in [
      (good, ["--rms-eps", "1e-5"], "--rms-eps is for pre-GGUF files"),
      (good, ["--vocab", scratch.path], "--vocab is for pre-GGUF files"),
      (Self.small("models/ggjt-3"), ["--rms-eps", "2"], "between 0 and 1"),
      (Self.small("models/ggjt-3"), ["--context-length", "0"], "from 1"),
      (Self.small("models/ggjt-3"), ["--rope-base", "-1"], "--rope-base"),
      (Self.small("zoo/starcoder"), ["--rms-eps", "1e-5"], "no root-mean-square norm"),
      (Self.small("zoo/starcoder"), ["--rope-base", "1e4"], "no rotary positions"),
    ] {
      let run = try Program.run(["convert", model, "-o", output] + flags)
      #expect(run.status == 2 && run.errors.contains(expected), "\(flags): \(run.errors)")
      #expect(!scratch.contents.contains("out.gguf"))
    }
  }

  /// A tokenizer from elsewhere: another model, or a folder.
  @Test func vocabularyFromElsewhere() throws {
    let scratch = try ScratchFolder()
    let donor = scratch.path + "/donor.gguf"
    #expect(try Program.run(["convert", Self.small("models/ggjt-3"), "-o", donor]).status == 0)
    let output = scratch.path + "/out.gguf"
    // GGML has no scores; the donor has.
    let run = try Program.run([
      "convert", Self.small("models/ggml"), "-o", output, "--vocab", donor,
    ])
    #expect(run.status == 0 && !run.errors.contains("no-scores"), "\(run.errors)")
    let (new, old) = (try metadata(of: output), try metadata(of: donor))
    for key in ["tokenizer.ggml.tokens", "tokenizer.ggml.scores", "tokenizer.ggml.model"] {
      #expect(new[key] != nil && new[key] == old[key], "\(key)")
    }
    let large = try Program.run([
      "convert", Self.small("models/ggml"), "-o", output, "--force", "--vocab",
      SharedData.fixture("models/jargon-llama"),
    ])
    #expect(
      large.status == 3 && large.errors.contains("1024 tokens, the model 41"), "\(large.errors)")
  }

  /// Damage through the program: one line each, status 3, nothing written.
  @Test(arguments: ["models/ggml", "models/ggjt-3", "zoo/gptj"])
  func damageIsOneLine(name: String) throws {
    let scratch = try ScratchFolder()
    let bytes = try TestFiles.bytes(Self.small(name))
    var damaged: [[UInt8]] = [2, 7, 30, bytes.count / 2, bytes.count - 1].map {
      Array(bytes[..<$0])
    }
    for place in [8, 16, 24] {
      var wrong = bytes
      for byte in 0..<4 { wrong[place + byte] = 0xFF }
      damaged.append(wrong)
    }
    for (index, file) in damaged.enumerated() {
      let path = scratch.path + "/\(index).bin"
      try Data(file).write(to: URL(fileURLWithPath: path))
      for command in [["inspect", path], ["convert", path, "-o", scratch.path + "/out.gguf"]] {
        let run = try Program.run(command)
        let lines = run.errors.split(separator: "\n").filter { !$0.hasPrefix("hint: ") }
        #expect(run.status == 3 && lines.count == 1, "\(name) \(index): \(run.errors)")
        #expect(lines.first?.hasPrefix("error: \(path)") == true, "\(run.errors)")
      }
    }
    #expect(!scratch.contents.contains("out.gguf"))
  }
}

/// Files that the programs of 2023 wrote, through the program.
@Suite(.enabled(if: SharedData.isPresent)) struct HistoricalConversionTests {
  private static let folder = SharedData.path("legacy/llama-eras/")

  private func convert(
    _ file: String, _ options: [String] = []
  ) throws -> (run: Program, output: String, scratch: ScratchFolder) {
    let scratch = try ScratchFolder()
    let output = scratch.path + "/new.gguf"
    let run = try Program.run(["convert", Self.folder + file, "-o", output, "--json"] + options)
    return (run, output, scratch)
  }

  private func encodings(_ document: JSONValue) -> Set<String> {
    Set((document["tensors"]?.array ?? []).compactMap { $0["to"]?.text })
  }

  /// Codes are kept, and the rounding of scales is reported.
  @Test func theRoundingOfScalesIsReported() throws {
    for (file, old, new, isRounded) in [
      ("3-ggjt-v1-2023-04-28/q-Q4_0.bin", "Q4_0.ggjt1", "Q4_0", true),
      ("4-ggjt-v2-2023-05-19/q-Q4_1.bin", "Q4_1.ggjt2", "Q4_1", true),
      ("3-ggjt-v1-2023-04-28/q-Q5_1.bin", "Q5_1.ggjt1", "Q5_1", false),
    ] {
      let (run, _, scratch) = try convert(file)
      let document = try run.json()
      #expect(run.status == 0 && encodings(document) == [new, "F32"], "\(run.errors)")
      let errors = document["scaleErrors"]?.array ?? []
      #expect(errors.count == 1 && errors.first?["encoding"]?.text == old)
      let relative = errors.first?["relative"]?.double ?? -1
      #expect(isRounded ? (1e-4...0x1p-11).contains(relative) : relative == 0)
      #expect(run.errors.contains("relative error of at most") == isRounded)
      withExtendedLifetime(scratch) {}
    }
  }

  @Test func aTypeOverridesWhatHasNoPlace() throws {
    let file = "3-ggjt-v1-2023-04-28/q-Q4_2.bin"
    let plain = try convert(file)
    #expect(plain.run.status == 0 && plain.run.errors.contains("re-quantized from Q4_2 to Q8_0"))
    #expect(try encodings(plain.run.json()) == ["Q8_0", "F32"])
    let asked = try convert(file, ["--type", "Q5_1"])
    #expect(asked.run.status == 0 && !asked.run.errors.contains("Q8_0"))
    #expect(try encodings(asked.run.json()).contains("Q5_1"))
    let refused = try convert("5-ggjt-v3-2023-08-21/q-Q4_0.bin", ["--type", "Q8_0"])
    #expect(refused.run.status == 2 && refused.run.errors.contains("Q4_0 already"))
    let decoded = try convert("5-ggjt-v3-2023-08-21/q-Q4_0.bin", ["--type", "F32"])
    #expect(try decoded.run.status == 0 && encodings(decoded.run.json()) == ["F32"])
  }

  /// The checker runs on the old file itself, so that a comparison shows what converting cost.
  @Test func comparesOldWithNew() throws {
    for (file, bound) in [
      ("3-ggjt-v1-2023-04-28/q-Q5_0.bin", 0.0), ("3-ggjt-v1-2023-04-28/q-Q4_0.bin", 1e-4),
    ] {
      let (_, output, scratch) = try convert(file, ["--rms-eps", "1e-6"])
      let run = try Program.run([
        "compare", Self.folder + file, output, "--text", Self.folder + "ts12k.txt", "--windows",
        "2", "--json",
      ])
      let model = try run.json()["models"]?.array?.first
      let mean = try #require(model?["kld"]?["mean"]?.double)
      #expect(run.status == 0 && mean <= bound && (bound == 0 || mean > 0), "\(file): \(mean)")
      withExtendedLifetime(scratch) {}
    }
  }

  /// GGUF of 2023, rewritten in today's form: the same tokenizer, status 0.
  @Test(arguments: [
    "ggml-vocab-llama.v1a", "ggml-vocab-llama.v1b", "ggml-vocab-falcon.v2a", "ggml-vocab-llama.v3a",
    "ggml-vocab-llama.v3b",
  ])
  func rewritesHistoricalGGUF(name: String) throws {
    let scratch = try ScratchFolder()
    let old = SharedData.path("gguf/historical/\(name).gguf")
    let output = scratch.path + "/new.gguf"
    #expect(try Program.run(["convert", old, "-o", output]).status == 0)
    let shown = try [old, output].map { try Program.run(["inspect", $0, "--json"]).json() }
    #expect(shown[1]["formatVersion"]?.text == "3")
    // Falcon's letters had the type of bytes, which today's llama.cpp refuses (GGUF-25).
    let retyped = ["tokenizer.ggml.token_type"].filter { _ in name.contains("falcon") }
    let entries = shown.map { $0["metadata"]?.array ?? [] }
    #expect(entries[0].count == entries[1].count && !entries[0].isEmpty)
    for (before, after) in zip(entries[0], entries[1]) {
      #expect((before == after) != retyped.contains(before["key"]?.text ?? ""), "\(before)")
    }
  }
}
