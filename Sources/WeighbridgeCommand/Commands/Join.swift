import ArgumentParser
import Glibc
import Weighbridge
import WeighbridgeConversion

/// `join`: what several processes have written, each a share, becomes one output.
struct Join: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put together what several processes have written by --part.",
    discussion: """
      FILE is the output of `quantize` or `convert`, or the journal of one of its shares (NAME.part-2-of-7). \
      All shares must be there and of the same plan; what is missing is named with the command that writes \
      it. Every chunk is compared with its checksum, what lies between two shares is written, and the \
      output gets its name: the same bytes as of one process.

      EXAMPLES
        for i in 1 2 3; do weighbridge quantize f16.gguf -o q4.gguf --type Q4_K_M --part $i/3 & done; wait
        weighbridge join q4.gguf
        weighbridge join /shared/q4.gguf --json
      """)

  @Argument(help: "Outputs, or journals of their shares.", completion: .file())
  var files: [String]

  @Flag(help: "Print the JSON documents of the commands that wrote the shares.")
  var json = false

  func run() throws {
    let folder = try Self.currentFolder()
    var outputs: [String] = []
    for file in files {
      let journals = try ShareJournals(of: file.hasPrefix("/") ? file : folder + "/" + file)
      guard !outputs.contains(journals.output) else { continue }
      outputs.append(journals.output)
      let command = try journals.command()
      // One run of the whole takes up what is there, so plan, checks and report are those of one process.
      try journals.merge()
      guard unsafe chdir(command.folder) == 0 else {
        throw UsageError(
          message: "\(command.folder), where the shares were written from, is not there")
      }
      var arguments = command.arguments.filter { $0 != "--resume" } + ["--resume"]
      if json, !arguments.contains("--json") { arguments.append("--json") }
      var whole = try WeighbridgeCommand.parseAsRoot(Invocation.prepared(arguments))
      try whole.run()
      try journals.remove()
    }
  }

  /// Where the process is.
  static func currentFolder() throws -> String {
    guard let path = unsafe getcwd(nil, 0) else {
      throw UsageError(message: "the current folder is gone")
    }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }
}
