import Foundation
import TestSupport
import Testing

private let checkpoint = SharedData.fixture("models/jargon-llama")
private let text = SharedData.fixture("text/test.txt")

/// What a person sees, in a terminal of its own.
@Suite struct TerminalTests {
  /// Models whose names are long and differ at the end.
  private static func models(in folder: ScratchFolder) throws {
    let path = folder.path
    for arguments in [
      ["convert", checkpoint, "-o", "a-model-with-a-long-name-instruct-f16.gguf", "--type", "F16"],
      [
        "quantize", "a-model-with-a-long-name-instruct-f16.gguf", "-o",
        "a-model-with-a-long-name-instruct-q4_k_m.gguf", "--type", "Q4_K_M",
      ],
      [
        "quantize", "a-model-with-a-long-name-instruct-f16.gguf", "-o",
        "a-model-with-a-long-name-instruct-q8_0.gguf", "--type", "Q8_0",
      ],
      [
        "imatrix", "a-model-with-a-long-name-instruct-f16.gguf", "--text", text, "--windows", "2",
        "-c", "64", "-o", "im.gguf",
      ],
      ["pack", "a-model-with-a-long-name-instruct-q8_0.gguf", "-o", "b.oci.tar"],
    ] {
      let run = try Program.run(arguments + ["--quiet"], in: path)
      #expect(run.status == 0, "\(run.errors)")
    }
  }

  /// Every table of every command, at the widths that people have.
  @Test func everyTableFits() throws {
    let folder = try ScratchFolder()
    try Self.models(in: folder)
    let (f16, q4, q8) = (
      "a-model-with-a-long-name-instruct-f16.gguf", "a-model-with-a-long-name-instruct-q4_k_m.gguf",
      "a-model-with-a-long-name-instruct-q8_0.gguf"
    )
    let commands: [[String]] = [
      ["inspect", q4], ["inspect", q4, "--tensors"], ["inspect", q4, "--metadata"],
      ["inspect", q4, "--stats"], ["inspect", q4, "--tokenizer"],
      ["inspect", q4, "--memory-for", "512"], ["inspect", "b.oci.tar"],
      ["quantize", f16, "--type", "Q4_K_M", "--dry-run"], ["convert", checkpoint, "--dry-run"],
      ["convert", q4, "-o", "folder/", "--dry-run", "--allow-requantize"],
      ["imatrix", "--show", "im.gguf"], ["tokenize", q4, "Hello world"],
      ["compare", f16, q8, q4, "--text", text, "--windows", "2", "-c", "64", "-v"],
      ["perplexity", q4, "--text", text, "--windows", "2", "-c", "64", "--dry-run"],
    ]
    for columns in [40, 80, 120] {
      for command in commands {
        let terminal = try PseudoTerminal(
          Program.path, command, columns: columns, in: folder.path)
        let (shown, _) = terminal.finish()
        // A name in running text stands alone and runs over: it can be copied.
        for line in PseudoTerminal.lines(shown)
        where !["error:", "hint:", "warning:", "note:"].contains(where: { line.hasPrefix($0) })
          && line.split(separator: " ").count > 1
        {
          #expect(line.count <= columns, "\(columns) columns, \(command): \(line)")
        }
      }
    }
  }

  @Test func quantizationsCanBeToldApart() throws {
    let folder = try ScratchFolder()
    try Self.models(in: folder)
    let names = ["f16", "q8_0", "q4_k_m"].map { "a-model-with-a-long-name-instruct-\($0).gguf" }
    let terminal = try PseudoTerminal(
      Program.path, ["compare"] + names + ["--text", text, "--windows", "2", "-c", "64"],
      columns: 40, in: folder.path)
    let lines = PseudoTerminal.lines(terminal.finish().text)
    for part in ["f16.gguf", "q8_0.gguf", "_k_m.gguf"] {
      #expect(lines.contains { $0.contains("…") && $0.contains(part) }, "\(lines)")
    }
    #expect(lines.contains { $0.contains("KLD") && $0.contains("SAME TOP") })
  }

  /// A run that takes some seconds.
  private func longRun(
    _ folder: ScratchFolder, columns: Int, _ environment: [String: String] = [:],
    _ options: [String] = []
  ) throws -> PseudoTerminal {
    try SparseCheckpoint.write(to: folder.path + "/model", layers: 12)
    return try PseudoTerminal(
      Program.path,
      ["quantize", "model", "-o", "out.gguf", "--type", "Q4_K_M", "--threads", "1"] + options,
      columns: columns, in: folder.path, environment: environment)
  }

  @Test func progressSaysWhatIsDoneOfWhatAtAnyWidth() throws {
    let folder = try ScratchFolder()
    let terminal = try longRun(folder, columns: 120, ["NO_COLOR": "1"])
    defer { terminal.stop() }
    #expect(terminal.wait { $0.contains("MiB/s written") && $0.contains(" left") })
    terminal.resize(columns: 30)
    let before = terminal.text.utf8.count
    #expect(terminal.wait { $0.utf8.count > before + 400 })
    terminal.stop()
    let lines = PseudoTerminal.lines(terminal.text)
    let wide = lines.filter { $0.hasPrefix("quantizing") && $0.contains("written") }
    #expect(wide.contains { $0.contains(" % ") && $0.contains(" MiB of ") || $0.contains(" of ") })
    // Legible without colour: what is left looks otherwise than what is done.
    #expect(wide.contains { $0.contains("━╌") })
    #expect(!terminal.text.contains("\u{1B}[36m"))
    // The line that was being drawn when the width changed may be the last wide one.
    let narrow = lines.drop { $0.count > 30 || !$0.hasPrefix("quantizing") }
      .filter { $0.hasPrefix("quantizing") }
    #expect(!narrow.isEmpty && narrow.allSatisfy { $0.count <= 30 }, "\(narrow)")
  }

  @Test func aDumbTerminalGetsNoLineThatIsDrawnOver() throws {
    let folder = try ScratchFolder()
    let terminal = try longRun(folder, columns: 80, ["TERM": "dumb"])
    let (shown, status) = terminal.finish()
    #expect(status == 0 && !shown.contains("\u{1B}") && !shown.contains("quantizing"))
    #expect(shown.contains("loss: "))
  }

  @Test func onlyFailuresBeginWithError() throws {
    let folder = try ScratchFolder()
    try Self.models(in: folder)
    let run = try Program.run(
      [
        "quantize", "a-model-with-a-long-name-instruct-f16.gguf", "-o", "x.gguf", "--type", "Q4_0",
      ], in: folder.path)
    #expect(run.status == 0 && run.errors.contains("loss: "))
    #expect(!run.errors.contains("error:"))
  }

  @Test func colourIsAsAsked() throws {
    func isColoured(_ options: [String], _ environment: [String: String], pipe: Bool) throws -> Bool
    {
      if pipe {
        return try Program.run(["inspect", checkpoint] + options, environment: environment)
          .output.contains("\u{1B}[")
      }
      return try PseudoTerminal(
        Program.path, ["inspect", checkpoint] + options, columns: 80, environment: environment
      ).finish().text.contains("\u{1B}[")
    }
    #expect(try isColoured([], [:], pipe: false))
    #expect(try !isColoured([], [:], pipe: true))
    #expect(try !isColoured([], ["NO_COLOR": "1"], pipe: false))
    #expect(try isColoured([], ["CLICOLOR_FORCE": "1", "NO_COLOR": ""], pipe: true))
    #expect(try !isColoured([], ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], pipe: true))
    #expect(try isColoured(["--color", "always"], ["NO_COLOR": "1"], pipe: true))
    #expect(try !isColoured(["--color=never"], [:], pipe: false))
    let wrong = try Program.run(["inspect", "nothing", "--color", "sometimes"])
    #expect(wrong.status == 2 && wrong.errors.contains("--color"))
  }

  @Test func aLocaleOfASCIIGetsASCII() throws {
    for command in [
      ["compare", checkpoint, checkpoint, "--text", text, "--windows", "1", "-c", "64"],
      ["inspect", checkpoint],
    ] {
      let run = try Program.run(command, environment: ["LC_ALL": "C"])
      #expect(run.status == 0 && (run.output + run.errors).allSatisfy(\.isASCII), "\(run.output)")
    }
    let plain = try Program.run(
      ["compare", checkpoint, checkpoint, "--text", text, "--windows", "1", "-c", "64"],
      environment: ["LC_ALL": "C.UTF-8"])
    #expect(plain.output.contains("±"))
  }
}
