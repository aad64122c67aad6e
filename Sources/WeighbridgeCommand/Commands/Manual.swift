import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON

/// `manual`: the pages that `man` shows.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a manual page, as `make install` installs them for man.",
    discussion: """
      EXAMPLES
        weighbridge manual quantize | man -l -
        weighbridge manual > weighbridge.1
      """)

  @Argument(
    help: "A command (default: the page of the program).",
    completion: .shellCommand("weighbridge manual --list"))
  var command: String?

  @Flag(help: "List the names of the pages.")
  var list = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    if list {
      Console.print(Invocation.commands.joined(separator: "\n"))
      return
    }
    let pages = try ManualPages()
    guard let page = pages.page(command) else {
      throw UsageError(
        message: "there is no command '\(command ?? "")'", hint: "weighbridge manual --list")
    }
    Console.print(exactly: page)
  }
}
