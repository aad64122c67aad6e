import ArgumentParser
import Weighbridge
import WeighbridgeConversion
import WeighbridgeEncodings

/// `completions`: what makes Tab work.
struct Completions: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a script that completes commands, options, files and types in a shell.",
    discussion: """
      `make install` puts the scripts where bash, zsh and fish look for them. Without it, for the shell that \
      runs:

      EXAMPLES
        source <(weighbridge completions bash)
        weighbridge completions zsh > ~/.zfunc/_weighbridge
        weighbridge completions fish > ~/.config/fish/completions/weighbridge.fish
      """)

  /// The shells that ArgumentParser writes scripts for.
  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish
  }

  @Argument(help: "bash, zsh or fish.")
  var shell: Shell

  @OptionGroup var common: CommonOptions

  func run() throws {
    guard let shell = CompletionShell(rawValue: shell.rawValue) else { return }
    Console.print(exactly: WeighbridgeCommand.completionScript(for: shell))
  }

  /// What --type takes.
  static let types = RecipeRegistry.all.map(\.name)

  /// What --output-type and --embedding-type take.
  static let encodings = Encoding.writable.map(\.name)
}
