import Foundation
import TestSupport
import Testing

private let checkpoint = SharedData.fixture("models/jargon-llama")

/// Somebody presses Tab.
@Suite struct CompletionTests {
  /// Files to complete.
  private func files() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    for name in ["jargon-f16.gguf", "train.txt", "recipe.yaml"] {
      try Data().write(to: URL(fileURLWithPath: folder.path + "/" + name))
    }
    try FileManager.default.createDirectory(
      atPath: folder.path + "/unpacked", withIntermediateDirectories: false)
    return folder
  }

  /// What is typed before Tab, and what the line reads then.
  private static let lines = [
    ("inspect jargon-", "inspect jargon-f16.gguf"), ("quanti", "quantize "),
    ("quantize jargon-", "quantize jargon-f16.gguf"),
    ("quantize a --type Q4_K_M", "quantize a --type Q4_K_M "),
    ("quantize a --type MXFP", "quantize a --type MXFP4_MOE"),
    ("quantize a --output-type IQ4_X", "quantize a --output-type IQ4_XS"),
    ("quantize a -o jar", "quantize a -o jargon-f16.gguf"),
    ("perplexity a --text tr", "perplexity a --text train.txt"),
    ("unpack a -o unp", "unpack a -o unpacked"), ("pack --profile zs", "pack --profile zstd"),
    ("inspect a --memory-f", "inspect a --memory-for"),
    ("imatrix --show jar", "imatrix --show jargon-f16.gguf"),
    ("completions fi", "completions fish"), ("inspect a --color al", "inspect a --color always"),
  ]

  private func press(_ shell: String, _ arguments: [String], _ source: String) throws {
    let folder = try files()
    let terminal = try PseudoTerminal(
      shell, arguments, columns: 120, in: folder.path,
      environment: ["PS1": "$ ", "W": Program.path, "HISTFILE": "/dev/null", "HOME": folder.path])
    defer { terminal.stop() }
    terminal.type(source + "; echo rea\"\"dy\n")
    #expect(terminal.wait { $0.contains("ready") }, "\(terminal.text)")
    for (typed, expected) in Self.lines {
      let before = terminal.text.count
      terminal.type("weighbridge \(typed)\t")
      let isThere = terminal.wait(seconds: 5) {
        PseudoTerminal.plain(String($0.dropFirst(before))).contains("weighbridge \(expected)")
      }
      #expect(isThere, "\(shell): \(typed): \(terminal.text.dropFirst(before))")
      // Ctrl-U empties the line for the next.
      terminal.type("\u{15}")
    }
    terminal.type("exit\n")
  }

  @Test func tabWorksInBash() throws {
    try press(
      "/bin/bash", ["--norc", "--noprofile", "-i"],
      "bind 'set enable-bracketed-paste off'; source <(\"$W\" completions bash)")
  }

  @Test func tabWorksInZsh() throws {
    guard let zsh = ["/usr/bin/zsh", "/bin/zsh"].first(where: FileManager.default.isExecutableFile)
    else {
      print("zsh is not installed: skipped")
      return
    }
    try press(
      zsh, ["-f", "-i"],
      "unsetopt zle_bracketed_paste; autoload -U compinit && compinit -u -D; source <(\"$W\" completions zsh)"
        + "; compdef _weighbridge weighbridge")
  }

  @Test func scriptsAreForThreeShells() throws {
    for shell in ["bash", "zsh", "fish"] {
      let run = try Program.run(["completions", shell])
      #expect(run.status == 0 && run.output.contains("quantize") && run.errors.isEmpty)
      let older = try Program.run(["--generate-completion-script", shell])
      #expect(older.output.contains("quantize"))
    }
    #expect(try Program.run(["completions", "tcsh"]).status == 2)
  }

  @Test func everyCommandHasAManualPage() throws {
    let pages = try Program.run(["manual", "--list"]).output.split(separator: "\n").map(String.init)
    #expect(pages.contains("quantize") && pages.count > 12)
    for command in pages {
      let run = try Program.run(["manual", command])
      #expect(run.status == 0 && run.output.hasPrefix(".TH WEIGHBRIDGE-\(command.uppercased()) 1"))
      for section in [".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH EXAMPLES"] {
        #expect(run.output.contains(section + "\n"), "\(command): \(section)")
      }
    }
    let root = try Program.run(["manual"])
    #expect(root.output.contains("weighbridge\\-quantize\\fR(1)"))
    #expect(try Program.run(["manual", "nosuch"]).status == 2)
  }
}
