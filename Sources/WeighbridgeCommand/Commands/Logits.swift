import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON

/// `logits`: what a model computes for given tokens.
struct Logits: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the logits of a sequence of tokens as a NumPy file.",
    discussion: """
      The array is float32 [tokens, vocabulary]; for an encoder it holds the last hidden states [tokens, \
      width]. A model that reads one text and writes another gets the second from \
      --decoder-tokens. Weights are decoded exactly and activations are float32: for checking \
      other programs.

      EXAMPLES
        weighbridge logits model.gguf --tokens 1,15043,3186 -o logits.npy
        weighbridge logits ./checkpoint --tokens 8,28,62 -o logits.npy
        weighbridge logits ./bge-reranker --tokens 0,8,2,2,28,2 --pooled -o score.npy
        weighbridge logits ./flan-t5 --tokens 8,28,1 --decoder-tokens 0,62 \\
          -o logits.npy
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

  @Option(
    help: ArgumentHelp(
      "Tokens of the text that an encoder-decoder writes; its first token, if there are none.",
      valueName: "1,2,3"))
  var decoderTokens: TokenList?

  @Flag(
    help: "For an encoder, one vector of the text: its embedding, or the scores of a reranker.")
  var pooled = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var destination: OutputOptions

  @OptionGroup var acceptance: AcceptOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if pooled, decoderTokens != nil {
      throw ValidationError("--pooled is for encoders, --decoder-tokens for models that write")
    }
  }

  func run() throws {
    let output = try destination.place()
    let runnable = try common.runnable(model, acceptance)
    try output.checkAgain()
    let (read, written) = (try tokens.ids(), try decoderTokens?.ids())
    let logits =
      pooled
      ? try runnable.pooled(of: read, using: common.resources)
      : try runnable.logits(of: read, written: written, using: common.resources)
    try logits.write(to: output.name, replaces: destination.force)
    if json {
      let document: JSONValue = [
        "schema": "weighbridge.logits/1", "model": JSONValue(model),
        "tokens": Self.list(read), "decoderTokens": written.map { Self.list($0) } ?? nil,
        "pooled": .bool(pooled), "path": JSONValue(output.name),
        "shape": .array([.integer(logits.rows), .integer(logits.columns)]),
      ]
      return Console.print(json: document)
    }
    Console.note("\(output.name): float32 [\(logits.rows), \(logits.columns)]", common.verbosity)
  }

  private static func list(_ ids: [Int32]) -> JSONValue {
    .array(ids.map { .integer(Int($0)) })
  }
}

/// Token ids on the command line, or on standard input.
struct TokenList: ExpressibleByArgument {
  private let known: [Int32]?

  init?(argument: String) {
    guard argument != "-" else {
      known = nil
      return
    }
    guard let ids = try? Self.parse(argument) else { return nil }
    known = ids
  }

  /// The ids; standard input is read now.
  func ids() throws -> [Int32] {
    try known ?? Self.parse(String(decoding: TextInput.read("-"), as: UTF8.self))
  }

  private static func parse(_ text: String) throws -> [Int32] {
    // Brackets, too: `tokenize --json | jq .tokens` prints a list.
    let parts = text.split { $0 == "," || $0 == "[" || $0 == "]" || $0.isWhitespace }
    return try parts.map { part in
      guard let id = Int32(part) else {
        throw UsageError(message: "standard input: '\(part)' is no token id")
      }
      return id
    }
  }
}
