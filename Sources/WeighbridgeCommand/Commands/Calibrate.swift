import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `calibrate`: what a text shows of a model's matrices, as a file.
struct Calibrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Collect statistics of a model on a text, for any number of calibrated quantizations.",
    discussion: """
      The text walks through the model once, forward and back. Kept are, of each matrix, the products of \
      what it is multiplied with, how much the predictions feel it, and the windows themselves; \
      'quantize --calibrate STATS' then needs no walk of its own for fast and good, and gives the same \
      bytes as with the text. An eighth of the windows is held back to judge by.

      EXAMPLES
        weighbridge calibrate model-f16.gguf --text book.txt -o book.stats.gguf
        weighbridge calibrate ./checkpoint --text chats.jsonl:3 --text books/ \\
          -o mix.gguf
        weighbridge quantize model-f16.gguf -o q4.gguf --type Q4_K_M \\
          --calibrate mix.gguf
        weighbridge inspect mix.gguf
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String

  @Option(
    help: ArgumentHelp(
      "A text: a file, JSON lines with a 'text' or 'messages' each, a folder, or - for standard input; "
        + "a :WEIGHT behind it says how large its share is. Repeatable.", valueName: "text[:weight]"
    ),
    completion: .file())
  var text: [String] = []

  @Option(
    help: ArgumentHelp(
      "What to collect: fast, or good for all efforts (default: good).", valueName: "effort"),
    completion: .list(["fast", "good", "best"]), transform: CalibrationArguments.effort)
  var effort: Calibration.Effort?

  @Option(name: [.short, .long], help: "Tokens of one window.")
  var context = 512

  @Option(
    name: [.long, .customLong("chunks")],
    help: ArgumentHelp("At most this many windows of all texts together.", valueName: "n"))
  var windows = 128

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var destination: OutputOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if text.isEmpty { throw ValidationError("--text is missing: run the model on what?") }
    if !(1...(1 << 20)).contains(windows) {
      throw ValidationError("--windows takes a number from 1 to \(1 << 20), not \(windows)")
    }
    if !(8...(1 << 20)).contains(context) {
      throw ValidationError("--context takes a number from 8 to \(1 << 20), not \(context)")
    }
  }

  func run() throws {
    let output = try destination.place()
    let opened = try OpenedModel(Location(model))
    Console.report(opened.diagnostics, common.verbosity)
    var calibration = Calibration(texts: text)
    if let effort { calibration.effort = effort }
    (calibration.context, calibration.windowLimit) = (context, windows)
    let found = try opened.collectStatistics(
      calibration, to: output.name, replaces: destination.force, using: common.resources)
    if json { Console.print(json: Self.document(found)) }
    Console.note(
      "\(output.name): \(NumberFormat.counted(found.windowCount, "window")) of \(found.context) tokens, "
        + "\(found.heldBackCount) held back, \(NumberFormat.bytes(found.byteCount))",
      common.verbosity)
    if let obstacle = found.obstacle {
      Console.note("there are no gradients: \(obstacle)", common.verbosity)
    }
  }

  private static func document(_ found: CalibrationStatistics) -> JSONValue {
    [
      "schema": "weighbridge.calibrate/1", "file": JSONValue(found.location),
      "model": JSONValue(found.model), "effort": JSONValue(found.effort.rawValue),
      "texts": .array(found.texts.map { JSONValue($0) }),
      "windows": .integer(found.windowCount), "heldBackWindows": .integer(found.heldBackCount),
      "context": .integer(found.context),
      "obstacle": found.obstacle.map { JSONValue($0) } ?? nil, "bytes": JSONValue(found.byteCount),
    ]
  }
}
