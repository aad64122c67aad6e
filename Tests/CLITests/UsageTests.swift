import Foundation
import TestSupport
import Testing
import WeighbridgeJSON

/// Every command, from the program's own help: a new one is tested by being there.
private let commands: [String] = {
  guard let help = try? Program.run(["--help"]).output else { return [] }
  return help.split(separator: "\n").compactMap { line in
    guard line.hasPrefix("  "), !line.hasPrefix("   "), line.count > 26 else { return nil }
    let name = line.dropFirst(2).prefix { $0 != " " }
    return name.allSatisfy { $0.isLowercase } && !name.isEmpty && name != "weighbridge"
      ? String(name) : nil
  }
}()

@Suite struct UsageTests {
  @Test func theHelpListsTheCommands() throws {
    for command in ["inspect", "convert", "quantize", "perplexity", "compare", "logits"] {
      #expect(commands.contains(command))
    }
    for command in ["tokenize", "hash", "pack", "unpack"] { #expect(commands.contains(command)) }
  }

  @Test(arguments: commands) func helpHasExamples(_ command: String) throws {
    let run = try Program.run([command, "--help"])
    #expect(run.status == 0 && run.errors.isEmpty)
    #expect(run.output.contains("EXAMPLES") && run.output.contains("USAGE: weighbridge \(command)"))
    for line in run.output.split(separator: "\n") where !line.hasPrefix("USAGE: ") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test(arguments: commands) func anUnknownOptionIsWrongUsage(_ command: String) throws {
    let run = try Program.run([command, "--no-such-option"])
    #expect(run.status == 2 && run.output.isEmpty && run.errors.hasPrefix("error: "))
  }

  @Test(arguments: ["inspect", "hash", "convert", "quantize", "perplexity", "compare", "verify"])
  func aMissingFileIsAnInputOutputError(_ command: String) throws {
    var arguments = [command, "/no/such/model.gguf"]
    switch command {
    case "convert": arguments += ["-o", "/tmp/none.gguf"]
    case "quantize": arguments += ["-o", "/tmp/none.gguf", "--type", "Q8_0"]
    case "perplexity": arguments += ["--text", "/dev/null"]
    case "compare": arguments += ["/no/such/other.gguf", "--text", "/dev/null"]
    default: break
    }
    let run = try Program.run(arguments)
    #expect(run.status == 4 && run.output.isEmpty)
    #expect(
      run.errors == "error: /no/such/model.gguf: cannot open: No such file or directory [io]\n")
  }

  @Test func completionsCanBeGenerated() throws {
    for shell in ["bash", "zsh", "fish"] {
      let run = try Program.run(["--generate-completion-script", shell])
      #expect(run.status == 0 && run.output.contains("quantize"))
    }
  }

  @Test func nothingIsColouredInAPipe() throws {
    let run = try Program.run(["inspect", SharedData.fixture("models/jargon-llama")])
    #expect(!run.output.contains("\u{1B}") && run.status == 0)
  }
}

@Suite struct MalformedInputTests {
  private static let folder = SharedData.fixture("malformed")

  /// The files of a folder of faults that have an `.error` beside them, without those.
  private static func files(_ format: String, _ suffixes: [String]) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/" + format)) ?? []
    return names.sorted().flatMap { name -> [String] in
      guard name.hasSuffix(".error") else { return [] }
      let stem = folder + "/" + format + "/" + name.dropLast(".error".count)
      return ([""] + suffixes).map { stem + $0 }.filter { path in
        suffixes.contains { path.hasSuffix($0) } && FileManager.default.fileExists(atPath: path)
      }
    }
  }

  private func expectOneLine(_ run: Program, _ file: String) {
    let lines = run.errors.split(separator: "\n").filter { !$0.hasPrefix("hint: ") }
    #expect(run.status == 3 && run.output.isEmpty, "\(file): \(run.status), \(run.errors)")
    #expect(lines.count == 1 && lines[0].hasPrefix("error: "), "\(file): \(run.errors)")
    #expect(lines.first?.hasSuffix("]") ?? false, "\(file): no code")
  }

  /// Every malformed model through the program: status 3, one line, nothing on standard output.
  @Test func everyMalformedModelGivesOneClearLine() throws {
    let files =
      Self.files("gguf", [".gguf"])
      + Self.files("safetensors", [".safetensors", ".safetensors.index.json"])
    #expect(files.count > 60)
    for file in files { expectOneLine(try Program.run(["inspect", file]), file) }
  }

  /// Every malformed bundle through `unpack`: the same, and no folder appears.
  @Test func everyMalformedBundleIsRefusedWhole() throws {
    let scratch = try ScratchFolder()
    let files = Self.files("bundle", [".tar"])
    #expect(files.count > 20)
    for file in files {
      // What only a look at the whole can see is for `verify`.
      let expected = try String(
        contentsOfFile: file.dropLast(".tar".count) + ".error", encoding: .utf8)
      if expected.hasPrefix("verify ") {
        let run = try Program.run(["verify", file])
        #expect(run.status == 1 && run.errors.hasPrefix("error: "), "\(file): \(run.errors)")
        continue
      }
      let run = try Program.run(["unpack", file, "-o", scratch.path + "/out"])
      expectOneLine(run, file)
      #expect(scratch.contents.isEmpty, "\(file) left \(scratch.contents)")
    }
  }
}
