import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")
private let text = SharedData.fixture("text/test.txt")

/// Texts and lists come from files, pipes and standard input, and are proven to be texts.
@Suite struct StreamTests {
  /// Runs a line of bash with the program as `$W`.
  private func shell(_ line: String, in folder: String) throws -> Program {
    try Program.run(
      ["-c", line], in: folder, environment: ["W": Program.path, "J": checkpoint, "T": text],
      program: "/bin/bash")
  }

  @Test func textsComeThroughPipes() throws {
    let folder = try ScratchFolder()
    let options = "-c 64 --windows 2 --json"
    let plain = try shell("\"$W\" perplexity \"$J\" --text \"$T\" \(options)", in: folder.path)
    let expected = try plain.json()["perplexity"]?.double
    #expect(expected != nil)
    for line in [
      "\"$W\" perplexity \"$J\" --text - \(options) < \"$T\"",
      "cat \"$T\" | \"$W\" perplexity \"$J\" --text /dev/stdin \(options)",
      "\"$W\" perplexity \"$J\" --text <(cat \"$T\") \(options)",
    ] {
      let run = try shell(line, in: folder.path)
      #expect(try run.json()["perplexity"]?.double == expected, "\(line): \(run.errors)")
    }
  }

  @Test func tokensAndRecipesComeThroughPipes() throws {
    let folder = try ScratchFolder()
    let line = "\"$W\" tokenize \"$J\" --ids 'Hello world' | \"$W\" detokenize \"$J\" --tokens -"
    #expect(try shell(line, in: folder.path).output == "Hello world\n")
    let count = try shell(
      "printf 'Hello world' | \"$W\" tokenize \"$J\" - --count", in: folder.path)
    #expect(Int(count.output.dropLast()) ?? 0 > 1)
    let recipe =
      "printf 'base: Q4_0\\n' | \"$W\" quantize \"$J\" --type - --dry-run --json"
    let tensors = try shell(recipe, in: folder.path).json()["tensors"]?.array ?? []
    #expect(tensors.contains { $0["to"]?.text == "Q4_0" })
  }

  @Test(arguments: [
    ([0x61, 0x62, 0xFF, 0x63], "at byte 2"), ([0x61, 0, 0x62], "at byte 1"),
    (Array(repeating: 0x61, count: 5000) + [0xE2, 0x82], "at byte 5000"),
    ([0xC3, 0xA9, 0xED, 0xA0, 0x80], "at byte 2"),
  ])
  func whatIsNoTextIsRefused(_ bytes: [UInt8], _ place: String) throws {
    let folder = try ScratchFolder()
    try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/bad.txt"))
    for command in [["perplexity", checkpoint, "--text"], ["tokenize", checkpoint, "--file"]] {
      let run = try Program.run(command + ["bad.txt"], in: folder.path)
      #expect(run.status == 3 && run.errors.contains(place), "\(command): \(run.errors)")
      #expect(run.errors.contains("[invalid-utf8]"))
    }
  }

  /// A wrong Tab: the model itself as the text.
  @Test func aModelIsNoText() throws {
    let folder = try ScratchFolder()
    let made = try Program.run(
      ["convert", checkpoint, "-o", "m.gguf", "--quiet"], in: folder.path)
    #expect(made.status == 0)
    let run = try Program.run(["perplexity", "m.gguf", "--text", "m.gguf"], in: folder.path)
    #expect(run.status == 3 && run.errors.contains("GGUF model"), "\(run.errors)")
  }

  @Test func aShortTextSaysWhatFits() throws {
    let folder = try ScratchFolder()
    try Data(String(repeating: "All work and no play. ", count: 20).utf8)
      .write(to: URL(fileURLWithPath: folder.path + "/t.txt"))
    let run = try Program.run(["perplexity", checkpoint, "--text", "t.txt"], in: folder.path)
    #expect(run.status == 2 && run.errors.contains("t.txt: "), "\(run.errors)")
    #expect(run.errors.contains("--context"))
  }
}
