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
      """)

  @Argument(
    help:
      "A model: a file, any shard, a folder, a bundle, or bundle#member; or a tokenizer's file or folder."
  )
  var model: String

  @Argument(help: "The text (default: what --file names, or standard input).")
  var text: String?

  @Option(help: "Read the text from a file.")
  var file: String?

  @Flag(help: "Neither add nor recognise special tokens: --no-bos and --no-parse-special.")
  var noSpecial = false

  @Flag(help: "Add no begin and end tokens.")
  var noBos = false

  @Flag(help: "Take the names of special tokens in the text for plain text.")
  var noParseSpecial = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    guard text == nil || file == nil else {
      throw UsageError(message: "give either a text or --file")
    }
    let tokenizer = try common.openTokenizer(model)
    let bytes =
      try text.map { Array($0.utf8) } ?? file.map { try TextInput.read($0) }
      ?? StandardInput.read()
    let ids = tokenizer.encode(
      bytes, addsSpecial: !noSpecial && !noBos, parsesSpecial: !noSpecial && !noParseSpecial)
    if json {
      let document: JSONValue = [
        "schema": "weighbridge.tokenize/1", "tokens": .array(ids.map { .integer(Int($0)) }),
      ]
      Console.print(document.text())
      return
    }
    var table = Table([.number("ID"), .text("TOKEN", flexible: true)])
    for id in ids {
      table.add(["\(id)", tokenizer.name(of: id) ?? "?"])
    }
    Console.print(table.text(for: Terminal.output))
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

  @Argument(help: "A model: a file, any shard, a folder, a bundle, or bundle#member.")
  var model: String

  @Option(help: ArgumentHelp("Token ids, separated by commas.", valueName: "1,2,3"))
  var tokens: TokenList

  @Flag(help: "Print the names of special tokens too.")
  var special = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let tokenizer = try common.openTokenizer(model)
    let bytes = try tokenizer.decode(tokens.ids, namesSpecial: special)
    if json {
      let document: JSONValue = [
        "schema": "weighbridge.detokenize/1", "text": .string(ByteString(bytes)),
      ]
      Console.print(document.text())
    } else {
      Console.print(String(decoding: bytes, as: UTF8.self))
    }
  }
}
