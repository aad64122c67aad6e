import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeReports

/// The command line: a thin layer over the libraries.
@main
struct WeighbridgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weighbridge",
    abstract: "Inspect, convert, quantize, measure and pack language models.",
    discussion: """
      EXAMPLES
        weighbridge inspect model.gguf
        weighbridge convert ./checkpoint -o model-f16.gguf --type F16
        weighbridge quantize model-f16.gguf -o model-q4_k_m.gguf --type Q4_K_M
        weighbridge compare model-f16.gguf model-q4_k_m.gguf --text test.txt
        weighbridge pack model-q4_k_m.gguf -o model.oci.tar

      EXIT STATUS
        0  done
        1  the check asked for failed
        2  wrong usage
        3  the input is invalid or unsupported
        4  input or output failed
        5  an internal error
        130  interrupted
      """,
    version: Weighbridge.version,
    groupedSubcommands: [
      CommandGroup(
        name: "Inspect",
        subcommands: [
          Inspect.self, Validate.self, Diff.self, Hash.self, Tokenize.self, Detokenize.self,
          Render.self, Logits.self,
        ]),
      CommandGroup(
        name: "Create",
        subcommands: [
          Convert.self, Quantize.self, Calibrate.self, Imatrix.self, Edit.self, Split.self,
          Merge.self, Join.self,
        ]),
      CommandGroup(
        name: "Measure",
        subcommands: [
          PerplexityCommand.self, Compare.self, Tasks.self, LadderCommand.self,
        ]),
      CommandGroup(name: "Package", subcommands: [Pack.self, Unpack.self, Verify.self]),
      CommandGroup(name: "Set up", subcommands: [Completions.self, Manual.self]),
    ])

  /// What `--color` says, known before anything else is: a mistake in the command line is coloured too.
  private static func colourChoice(_ arguments: [String]) -> ColourChoice {
    var choice = ColourChoice.auto
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { break }
      let value =
        argument.hasPrefix("--color=")
        ? String(argument.dropFirst(8))
        : argument == "--color" && index + 1 < arguments.count ? arguments[index + 1] : nil
      choice = value.flatMap { ColourChoice(rawValue: $0) } ?? choice
    }
    return choice
  }

  /// Parses, runs, and turns every failure into one line and an exit status.
  static func main() {
    Interruption.watch()
    // A process is one command: whatever it has read is an input of what it writes.
    InputLedger.keepAll()
    Terminal.use(colourChoice(CommandLine.arguments))
    do {
      let arguments = try Invocation.prepared(Array(CommandLine.arguments.dropFirst()))
      // Asking the libraries takes time that only this should take.
      if arguments == ["--version"] { return Console.print(BuildDetails.text) }
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch {
      Failure.exit(with: error)
    }
  }
}
