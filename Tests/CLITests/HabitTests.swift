import Foundation
import TestSupport
import Testing
import WeighbridgeByteIO
import WeighbridgeJSON

private let checkpoint = SharedData.fixture("models/jargon-llama")
private let text = SharedData.fixture("text/test.txt")

/// What people type who know other programs: it works, or the line to type is said.
@Suite struct HabitTests {
  private static func converted(in folder: ScratchFolder) throws {
    let run = try Program.run(
      ["convert", checkpoint, "in.gguf", "F16", "--quiet"], in: folder.path)
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func llamaQuantizesOrderWorks() throws {
    let folder = try ScratchFolder()
    try Self.converted(in: folder)
    for (arguments, output) in [
      (["in.gguf", "a.gguf", "Q4_K_M", "8"], "a.gguf"), (["in.gguf", "b.gguf", "15"], "b.gguf"),
      (["in.gguf", "-o", "c.gguf", "q4km"], "c.gguf"),
      (["in.gguf", "--outfile", "d.gguf", "--ftype", "Q4_K_M"], "d.gguf"),
      (["-m", "in.gguf", "--outfile=e.gguf", "--type=q4-k-m"], "e.gguf"),
    ] {
      let run = try Program.run(["quantize"] + arguments + ["--quiet"], in: folder.path)
      #expect(run.status == 0, "\(arguments): \(run.errors)")
      #expect(
        FileManager.default.contentsEqual(
          atPath: folder.path + "/a.gguf", andPath: folder.path + "/" + output), "\(arguments)")
    }
  }

  @Test(arguments: [
    ("fp16", "F16"), ("FP16", "F16"), ("int8", "Q8_0"), ("INT8", "Q8_0"), ("q8", "Q8_0"),
    ("Q4KM", "Q4_K_M"), ("q5_k_m", "Q5_K_M"), ("7", "Q8_0"), ("bfloat16", "BF16"),
  ])
  func wordsForTypes(_ word: String, _ recipe: String) throws {
    let run = try Program.run(["quantize", checkpoint, "--type", word, "--dry-run", "--json"])
    #expect(try run.json()["recipe"]?.text == recipe, "\(run.errors)")
  }

  @Test(arguments: [
    ("Q4_K_N", "did you mean Q4_K_M?"), ("Q4_K_L", "--type Q4_K_M --output-type Q8_0"),
    ("nonsense", "quantize --types"),
  ])
  func aWrongTypeGetsAHint(_ type: String, _ hint: String) throws {
    let run = try Program.run(["quantize", checkpoint, "-o", "x.gguf", "--type", type])
    #expect(run.status == 2 && run.errors.contains(hint), "\(run.errors)")
  }

  /// What cannot work says the line that does.
  @Test(arguments: [
    (["convrt", "x"], "weighbridge convert"), (["show", "x"], "weighbridge inspect"),
    (["quantise"], "weighbridge quantize"), (["help", "nosuch"], "weighbridge --help"),
    (["help", "quantise"], "weighbridge help quantize"), (["run", "x"], "llama-cli"),
    (["quantize", "in.gguf", "Q4_K_M"], "quantize in.gguf -o in-Q4_K_M.gguf --type Q4_K_M"),
    (["quantize", "in.gguf", "out.gguf"], "quantize in.gguf -o out.gguf --type Q4_K_M"),
    (["quantize", "in.gguf", "-o", "x.gguf", "-t", "Q4_K_M"], "--type Q4_K_M"),
    (["quantize", "in.gguf", "-o", "x.gguf", "--type", "Q8_0", "-f"], "--force"),
    (["split", "in.gguf"], "weighbridge split in.gguf -o PREFIX --size 4GiB"),
    (["split", "--merge", "a", "b"], "weighbridge merge"),
    (["perplexity", "m", "--kl-divergence"], "weighbridge compare REFERENCE MODEL"),
    (["perplexity", "m", "-ngl", "99"], "omit it"),
    (["quantize", "--no-such"], "weighbridge quantize --help"),
    (["compare"], "weighbridge compare --help"),
    (["pack", checkpoint, "-o", "x.oci.tar", "--name", "Bad Name!"], "v1.0"),
  ])
  func theLineToTypeIsSaid(_ arguments: [String], _ hint: String) throws {
    let run = try Program.run(arguments)
    #expect(run.status == 2 && run.output.isEmpty, "\(arguments)")
    #expect(
      run.errors.split(separator: "\n").contains { $0.hasPrefix("hint: ") && $0.contains(hint) },
      "\(run.errors)")
  }

  /// `-f` is the text, as in llama.cpp, and never short for `--force`.
  @Test func minusFIsAFile() throws {
    let folder = try ScratchFolder()
    try Self.converted(in: folder)
    let measure = ["-c", "64", "--chunks", "1", "--json"]
    let own = try Program.run(
      ["perplexity", "in.gguf", "--text", text] + measure, in: folder.path
    ).json()["perplexity"]?.double
    let habit = try Program.run(
      ["perplexity", "-m", "in.gguf", "-f", text, "--ctx-size", "64", "--chunks", "1", "--json"],
      in: folder.path)
    #expect(try habit.json()["perplexity"]?.double == own && own != nil)
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/in.gguf"))
    for command in [["convert", checkpoint], ["quantize", checkpoint, "--type", "Q8_0"]] {
      let run = try Program.run(command + ["-f", "-o", "in.gguf"], in: folder.path)
      #expect(run.status == 2)
    }
    let matrix = try Program.run(
      ["imatrix", "-m", "in.gguf", "-f", text, "-o", "in.gguf", "-c", "64", "--chunks", "1"],
      in: folder.path)
    #expect(matrix.status != 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/in.gguf")) == before)
  }

  @Test func splitAndMergeTakePositions() throws {
    let folder = try ScratchFolder()
    try Self.converted(in: folder)
    let split = try Program.run(
      ["split", "--split", "--split-max-tensors", "20", "in.gguf", "part"], in: folder.path)
    #expect(split.status == 0 && folder.contents.contains("part-00001-of-00002.gguf"))
    let merged = try Program.run(
      ["merge", "--merge", "part-00001-of-00002.gguf", "whole.gguf"], in: folder.path)
    #expect(merged.status == 0 && folder.contents.contains("whole.gguf"), "\(merged.errors)")
  }

  @Test func patternsThatMatchNothingFail() throws {
    for (option, pattern) in [("--tensors", "attn"), ("--metadata", "nothing*")] {
      let run = try Program.run(["inspect", checkpoint, option, pattern])
      #expect(run.status == 1 && run.errors.contains("matches '\(pattern)'"), "\(run.errors)")
    }
    let braces = try Program.run([
      "inspect", checkpoint, "--tensors", "*.layers.0.self_attn.{q,k}_proj.weight", "--json",
    ])
    #expect(try braces.json()["tensors"]?.array?.count == 2)
  }

  @Test func typesAreListedWithTheirCost() throws {
    let run = try Program.run(["quantize", "--types", "--json"])
    let recipes = try run.json()["recipes"]?.array ?? []
    #expect(recipes.count > 30)
    for recipe in recipes {
      #expect(recipe["bitsPerWeight"]?.double != nil, "\(recipe["name"]?.text ?? "")")
    }
    let plain = try Program.run(["quantize", "--types"])
    #expect(plain.status == 0 && plain.output.contains("Q4_K_M") && plain.output.contains("KLD"))
  }

  /// The figures of --types, measured again (Specs/recipes.md).
  @Test func theCostOfTypesIsWhatItIs() throws {
    let folder = try ScratchFolder()
    try Self.converted(in: folder)
    let whole = try String(contentsOfFile: text, encoding: .utf8)
    let characters = Array(whole)
    let end = characters[(characters.count / 2)...].firstIndex(of: "\n") ?? characters.count
    try String(characters[..<end])
      .write(toFile: folder.path + "/first.txt", atomically: true, encoding: .utf8)
    try String(characters[(end + 1)...])
      .write(toFile: folder.path + "/second.txt", atomically: true, encoding: .utf8)
    for arguments in [
      ["imatrix", "in.gguf", "--text", "first.txt", "-o", "im.gguf"],
      ["quantize", "in.gguf", "Q4_K_M.gguf", "Q4_K_M"],
      ["quantize", "in.gguf", "IQ2_XXS.gguf", "IQ2_XXS", "--importance", "im.gguf"],
    ] {
      let run = try Program.run(arguments + ["--quiet"], in: folder.path)
      #expect(run.status == 0, "\(run.errors)")
    }
    let run = try Program.run(
      ["compare", "in.gguf", "Q4_K_M.gguf", "IQ2_XXS.gguf", "--text", "second.txt", "--json"],
      in: folder.path)
    let table = try Program.run(["quantize", "--types", "--json"]).json()["recipes"]?.array ?? []
    for (name, key) in [("Q4_K_M", "kld"), ("IQ2_XXS", "weighedKld")] {
      let models = try run.json()["models"]?.array ?? []
      let model = models.first { $0["model"]?.text == name + ".gguf" }
      let measured = model?["kld"]?["mean"]?.double ?? 0
      let said = table.first { $0["name"]?.text == name }?[ByteString(key)]?["mean"]?.double ?? 0
      #expect(abs(measured / said - 1) < 0.02, "\(name): \(measured), said \(said)")
    }
  }
}
