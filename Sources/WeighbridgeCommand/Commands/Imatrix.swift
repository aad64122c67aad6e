public import ArgumentParser
public import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `imatrix`: how much every column of every weight matters, measured on a text.
struct Imatrix: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Measure which weights matter on a text, for 'quantize --importance'; merge and show.",
    discussion: """
      The text is cut into windows as llama-imatrix does; of each matrix of weights, the squares of what \
      it is multiplied with are summed, expert by expert. The result is llama.cpp's GGUF format, and both \
      of its formats can be merged and shown. Of the model no more than a piece is held at a time.

      EXAMPLES
        weighbridge imatrix model-f16.gguf --text train.txt -o imatrix.gguf
        weighbridge imatrix ./checkpoint --text a.txt --text b.txt -o imatrix.gguf
        weighbridge imatrix --merge monday.gguf --merge tuesday.dat -o imatrix.gguf
        weighbridge imatrix --merge imatrix.gguf --output-format dat -o imatrix.dat
        weighbridge imatrix --show imatrix.gguf
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String?

  @Option(
    help: ArgumentHelp(
      "A text: a file, a folder, a pipe, or - for standard input; plain UTF-8, or JSON lines with text, "
        + "messages or conversations. Repeatable.", valueName: "[name=]file"),
    completion: .file())
  var text: [String] = []

  @Option(
    name: [.short, .long],
    help: "Tokens of one window (default: 512, or that of the first file merged).")
  var context: Int?

  @Option(
    name: [.long, .customLong("chunks")],
    help: ArgumentHelp("At most this many windows of each text.", valueName: "n"))
  var windows: Int?

  @Option(
    name: [.long, .customLong("in-file")],
    help: ArgumentHelp(
      "Add what an importance matrix holds (GGUF or .dat). Repeatable.", valueName: "file"),
    completion: .file())
  var merge: [String] = []

  @Option(
    name: [.long, .customLong("chunk")],
    help: ArgumentHelp("Skip this many windows at the start of each text.", valueName: "n"))
  var fromChunk = 0

  @Flag(help: "Take the names of special tokens in the text for the tokens.")
  var parseSpecial = false

  @Option(
    help: ArgumentHelp(
      "Render conversations by this chat template, not by the model's.", valueName: "file"),
    completion: .file())
  var template: String?

  @Flag(help: "Measure output.weight too.")
  var processOutput = false

  @Option(
    help: ArgumentHelp("The file's format: gguf, or dat, the older one.", valueName: "format"))
  var outputFormat = MeasuredImportance.Format.gguf

  @Option(
    help: ArgumentHelp(
      "Write what was measured so far after every so many windows, to OUT.at_N.", valueName: "n"))
  var saveFrequency = 0

  @Option(
    help: ArgumentHelp(
      "Show statistics of an importance matrix; write nothing.", valueName: "file"),
    completion: .file())
  var show: String?

  @Flag(help: "Print one JSON document.")
  var json = false

  @OptionGroup var destination: OutputOptions

  @OptionGroup var acceptance: AcceptOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if show != nil {
      guard model == nil, text.isEmpty, merge.isEmpty, destination.output == nil else {
        throw ValidationError("--show cannot be combined with a model, --text, --merge or -o")
      }
    } else if model == nil && merge.isEmpty {
      throw ValidationError(
        "there is nothing to do: name a model and a --text, or --merge, or --show a file")
    } else if (model == nil) != text.isEmpty {
      throw ValidationError(
        model == nil ? "--text needs a model to run" : "--text is missing: run it on what?"
      )
    }
    if !(0...(1 << 30)).contains(fromChunk) {
      throw ValidationError("--from-chunk takes a number from 0, not \(fromChunk)")
    }
    if let windows, windows < 1 {
      throw ValidationError("--windows takes a number from 1, not \(windows)")
    }
    if !(0...(1 << 30)).contains(saveFrequency) {
      throw ValidationError("--save-frequency takes a number from 0, not \(saveFrequency)")
    }
    if let context, !(4...(1 << 20)).contains(context) {
      throw ValidationError("--context takes a number from 4 to \(1 << 20), not \(context)")
    }
  }

  func run() throws {
    if let show {
      let shown = try MeasuredImportance(show)
      Console.report(shown.diagnostics, common.verbosity)
      if json {
        Console.print(json: document(shown))
      } else {
        Console.print(table(shown, Terminal.output).wrapped(for: Terminal.output))
      }
      return
    }
    let output = try destination.place()
    var parts = try merge.map { try MeasuredImportance($0) }
    let known = parts.first { $0.context > 0 }?.context
    let size = context ?? known ?? 512
    try output.checkAgain()
    if outputFormat == .gguf, output.name.hasSuffix(".dat") {
      Console.note(
        "\(output.name): written as GGUF; --output-format dat writes the older format",
        common.verbosity)
    }
    if let model { parts.append(try collect(model, context: size, adding: parts, to: output)) }
    let merged = try MeasuredImportance(merging: parts, as: output.name, context: size)
    Console.report(merged.diagnostics, common.verbosity)
    let bytes = try merged.write(
      to: output.name, as: outputFormat, replaces: destination.force, using: common.resources)
    if json { Console.print(json: document(merged)) }
    Console.note(
      "\(output.name): \(NumberFormat.counted(merged.tensorCount, "tensor")), "
        + "\(NumberFormat.counted(merged.windowCount, "window")) of \(merged.context), "
        + NumberFormat.bytes(bytes), common.verbosity)
  }

  private func collect(
    _ path: String, context: Int, adding parts: [MeasuredImportance], to output: OutputPlace
  ) throws -> MeasuredImportance {
    let runnable = try common.runnable(path, acceptance)
    let texts = text.map { TextSource(parsing: $0) }
    for source in texts where source.path != "-" { InputLedger.protect(source.path) }
    try output.checkAgain()
    var request = ImportanceRequest()
    (request.context, request.windowLimit) = (context, windows)
    request.skippedWindows = fromChunk
    (request.parsesSpecial, request.includesOutput) = (parseSpecial, processOutput)
    request.template = template
    request.windowsBetweenPauses = saveFrequency
    if !parts.isEmpty {
      request.earlierWindows = try MeasuredImportance(
        merging: parts, as: output.name, context: context
      ).windowCount
    }
    let bytes = texts.reduce(0) { $0 + Int(clamping: FileIdentity(path: $1.path)?.byteCount ?? 0) }
    try checkPauses(after: request.earlierWindows, of: bytes / context + texts.count, output)
    return try runnable.importance(on: texts, request, using: common.resources) { measured in
      let sum = try MeasuredImportance(
        merging: parts + [measured], as: output.name, context: context)
      try sum.write(
        to: "\(output.name).at_\(sum.windowCount)", as: outputFormat,
        replaces: destination.force, using: common.resources)
    }
  }

  /// Looks at the places of what is written on the way before the work begins; a token has a byte at
  /// least.
  private func checkPauses(after earlier: Int, of windows: Int, _ output: OutputPlace) throws {
    guard saveFrequency > 0 else { return }
    let first = (earlier / saveFrequency + 1) * saveFrequency
    for count in stride(from: first, through: earlier + windows, by: saveFrequency) {
      _ = try OutputPlace("\(output.name).at_\(count)", replacing: destination.force)
    }
  }
}

extension MeasuredImportance.Format: ExpressibleByArgument {}

/// What is shown of an importance matrix.
extension Imatrix {
  private func table(_ importance: MeasuredImportance, _ terminal: Terminal) -> String {
    var table = Table([
      .number("LAYER"), .name("TENSOR"), .number("Σ(ACT²)"), .number("MIN", rank: 11),
      .number("MAX", rank: 9), .number("MEAN", rank: 8), .number("σ", rank: 7),
      .number("ACTIVE", rank: 4), .number("N", rank: 10), .number("ENTROPY", rank: 6),
      .number("OF MAX", rank: 2), .number("Z > 1", rank: 3), .number("COSINE", rank: 1),
    ])
    for row in importance.tensors {
      table.add([
        row.layer.map { "\($0)" } ?? "-", row.kind, NumberFormat.fixed(row.total, 2),
        NumberFormat.fixed(row.minimum, 4), NumberFormat.fixed(row.maximum, 4),
        NumberFormat.fixed(row.mean, 2), NumberFormat.fixed(row.standardDeviation, 2),
        percent(row.active), NumberFormat.grouped(row.elements),
        NumberFormat.fixed(row.entropy, 4), percent(row.normalizedEntropy), percent(row.outliers),
        row.cosine.map { NumberFormat.fixed($0, 4) } ?? "-",
      ])
    }
    let windows =
      importance.context > 0
      ? NumberFormat.counted(importance.windowCount, "window") + " of \(importance.context) tokens"
      : NumberFormat.counted(importance.windowCount, "window")
    let texts = importance.texts.joined(separator: ", ")
    return table.text(for: terminal)
      + "\n\(NumberFormat.counted(importance.tensorCount, "tensor")), \(windows)\(texts.isEmpty ? "" : " of \(texts)")\n"
  }

  private func percent(_ share: Double) -> String { NumberFormat.fixed(100 * share, 2) + " %" }

  private func document(_ importance: MeasuredImportance) -> JSONValue {
    [
      "schema": "weighbridge.imatrix/2", "file": JSONValue(importance.location),
      "format": importance.isLegacy ? "dat" : "GGUF",
      "datasets": .array(importance.texts.map { JSONValue($0) }),
      "windows": .integer(importance.windowCount), "context": .integer(importance.context),
      "tensors": .array(
        importance.tensors.map { row in
          [
            "name": JSONValue(row.name), "layer": row.layer.map { .integer($0) } ?? nil,
            "counts": .array(row.counts.map { .integer($0) }),
            "elements": .integer(row.elements), "total": .double(row.total),
            "min": .double(row.minimum), "max": .double(row.maximum),
            "mean": .double(row.mean), "deviation": .double(row.standardDeviation),
            "active": .double(row.active), "entropy": .double(row.entropy),
            "normalizedEntropy": .double(row.normalizedEntropy),
            "outliers": .double(row.outliers), "cosine": row.cosine.map { .double($0) } ?? nil,
          ]
        }),
      "problems": .array(importance.diagnostics.map { JSONValue("\($0.place): \($0.message)") }),
    ]
  }
}
