import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `ladder`: everything that publishing quantized files of a model takes.
struct LadderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ladder",
    abstract: "Quantize to several types, compare them in one walk, pack them, write the card.",
    discussion: """
      DIR gets a GGUF for each type, the bundle of all, comparison.html, comparison.json, and in README.md \
      the block that compare --card writes. Files that are there and whole are kept: an interrupted run \
      goes on where it stopped. In the bundle quantized files take little room, as they can be made again.

      EXAMPLES
        weighbridge ladder model-bf16.gguf --types Q8_0,Q6_K,Q4_K_M --text wiki.test.raw -o out
        weighbridge ladder ./checkpoint --types Q5_K_M,IQ2_M --importance im.gguf \
      --text code=src.txt --text chat=chats.jsonl -o out
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String

  @Option(help: ArgumentHelp("The types, apart by commas.", valueName: "types"))
  var types: String

  @Option(
    name: [.short, .long], help: ArgumentHelp("The folder to fill.", valueName: "dir"),
    completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp("The importance matrix to quantize by.", valueName: "file"),
    completion: .file())
  var importance: String?

  @OptionGroup var evaluation: EvaluationOptions

  @Flag(help: "Write no bundle.")
  var noBundle = false

  @Flag(help: "Make files again that are there already.")
  var force = false

  @Flag(help: "Print one JSON document: that of compare.")
  var json = false

  @OptionGroup var acceptance: AcceptOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    guard !evaluation.text.isEmpty else {
      throw ValidationError("--text is missing: what should the types be compared on?")
    }
  }

  func run() throws {
    let names = types.split(separator: ",").map { $0.filter { $0 != " " } }
    let folder = try LadderFolder(of: model, in: output, types: names)
    for source in evaluation.sources where source.path != "-" { InputLedger.protect(source.path) }
    var rungs: [LadderFolder.Rung] = []
    for type in folder.types {
      let rung = try folder.rung(
        type, importance: importance, replaces: force, using: common.resources)
      Console.note(
        "\(rung.path): \(rung.isKept ? "there already" : "written")", common.verbosity)
      rungs.append(rung)
    }
    let report = try compared(rungs)
    if !noBundle { try pack(folder) }
    let gates = try Gates(report, maxKld: nil, maxPplIncrease: nil, minSameTop: nil)
    let document = report.json(gates)
    try write(report, gates, document)
    if json {
      Console.print(json: document)
    } else {
      Console.print(report.text(Terminal.output, details: false, layers: false))
    }
  }

  private func compared(_ rungs: [LadderFolder.Rung]) throws -> ComparisonReport {
    let models = [model] + rungs.map(\.path)
    let runnable = try models.map { try common.runnable($0, acceptance) }
    let text = try evaluation.evaluation(by: runnable, common)
    let differences = try text.differences(using: evaluation.resources(common))
    return ComparisonReport(
      text: evaluation.title, textSHA256: evaluation.digest(), evaluation: text,
      differences: differences)
  }

  private func pack(_ folder: LadderFolder) throws {
    guard force || PathKind(following: folder.bundle) == nil else {
      Console.note("\(folder.bundle): there already", common.verbosity)
      return
    }
    var request = PackRequest(paths: [model], output: folder.bundle, replaces: force)
    request.ladder = folder.types
    request.importance = importance
    let bundle = try ModelBundle.pack(request, using: common.resources)
    Console.report(bundle.diagnostics, common.verbosity)
    Console.note(
      "\(folder.bundle): \(NumberFormat.counted(bundle.files.count, "file")), "
        + NumberFormat.bytes(bundle.bytes), common.verbosity)
  }

  /// The page, the figures and the card; they are made anew by every run.
  private func write(_ report: ComparisonReport, _ gates: Gates, _ document: JSONValue) throws {
    var provenance = PageProvenance()
    provenance.add("Reference", filesAt: model)
    for result in report.differences { provenance.add("Model", filesAt: result.model.location) }
    for part in report.evaluation.parts {
      provenance.add("Text", part.name + (part.digest.map { ", SHA-256 \($0)" } ?? ""))
    }
    let page = ComparisonPage(report: report, gates: gates, provenance: provenance)
    try TextOutput(output + "/comparison.html", replacing: true).write(page.html)
    try TextOutput(output + "/comparison.json", replacing: true).write(document.text() + "\n")
    let card = output + "/README.md"
    let block = report.card(command: ReleaseOptions.command)
    try TextOutput(card, replacing: true).write(
      ComparisonReport.card(block, in: try ReleaseOptions.text(card)))
  }
}
