import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `tokenize`: text to token ids.
struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Cut a text into tokens with a model's tokenizer.",
    discussion: """
      Begin and end tokens are added where the model wants them, and names of special tokens in the text \
      are taken for the tokens; --no-bos and --no-parse-special turn these off one by one, --no-special both.

      EXAMPLES
        weighbridge tokenize model.gguf "Hello world"
        weighbridge tokenize ./checkpoint --file prompt.txt --json
        weighbridge tokenize tokenizer.json "Hello world"
        zcat book.txt.gz | weighbridge tokenize model.gguf --count
      """)

  @Argument(
    help:
      "A model: a file, any shard, a folder, a bundle, or bundle#member; or a tokenizer's file or folder.",
    completion: .file())
  var model: String

  @Argument(help: "The text (default: what --file names, or standard input; - is the latter).")
  var text: String?

  @Option(help: "Read the text from a file.", completion: .file())
  var file: String?

  @Flag(help: "Neither add nor recognise special tokens: --no-bos and --no-parse-special.")
  var noSpecial = false

  @Flag(help: "Add no begin and end tokens.")
  var noBos = false

  @Flag(help: "Take the names of special tokens in the text for plain text.")
  var noParseSpecial = false

  @Flag(help: "Print the ids alone, on one line, separated by commas.")
  var ids = false

  @Flag(help: "Print the number of tokens alone.")
  var count = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard [ids, count, json].count(where: { $0 }) < 2 else {
      throw ValidationError("--ids, --count and --json exclude each other")
    }
  }

  func run() throws {
    guard text == nil || file == nil else {
      throw UsageError(message: "give either a text or --file")
    }
    let tokenizer = try common.openTokenizer(model)
    let bytes = try text.flatMap { $0 == "-" ? nil : Array($0.utf8) } ?? read()
    let tokens = tokenizer.encode(
      bytes, addsSpecial: !noSpecial && !noBos, parsesSpecial: !noSpecial && !noParseSpecial)
    if json {
      let document: JSONValue = [
        "schema": "weighbridge.tokenize/1", "tokens": .array(tokens.map { .integer(Int($0)) }),
        "names": .array(tokens.map { JSONValue(tokenizer.name(of: $0) ?? "") }),
      ]
      Console.print(json: document)
      return
    }
    if count { return Console.print("\(tokens.count)") }
    if ids { return Console.print(tokens.map { "\($0)" }.joined(separator: ",")) }
    var table = Table([.number("ID"), .text("TOKEN", flexible: true)])
    for id in tokens {
      table.add(["\(id)", tokenizer.name(of: id) ?? "?"])
    }
    Console.print(table.text(for: Terminal.output))
  }

  /// The text of --file, or of standard input, of which a person at a terminal has to know.
  private func read() throws -> [UInt8] {
    let path = file ?? "-"
    if path == "-", Terminal(descriptor: 0).isInteractive {
      Console.note("reading the text from standard input; Ctrl-D ends it", common.verbosity)
    }
    return try TextInput.read(path)
  }
}

/// `detokenize`: token ids to text.
struct Detokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the text that tokens stand for.",
    discussion: """
      EXAMPLES
        weighbridge detokenize model.gguf --tokens 1,15043,3186
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp(
      "Token ids, separated by commas or spaces; - reads them from standard input.",
      valueName: "1,2,3"))
  var tokens: TokenList

  @Flag(help: "Print the names of special tokens too.")
  var special = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let tokenizer = try common.openTokenizer(model)
    let bytes = try tokenizer.decode(tokens.ids(), namesSpecial: special)
    if json {
      let document: JSONValue = [
        "schema": "weighbridge.detokenize/1", "text": .string(ByteString(bytes)),
      ]
      Console.print(json: document)
    } else {
      Console.print(exactly: String(decoding: bytes, as: UTF8.self) + "\n")
    }
  }
}
