public import ArgumentParser
public import Weighbridge
import WeighbridgeByteIO
import WeighbridgeInference
import WeighbridgeJSON

/// Options of commands that run a model over a text.
struct EvaluationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The text: a file, a folder, a pipe, or - for standard input; plain UTF-8, or JSON lines with "
        + "text, messages or conversations. Repeatable.", valueName: "[name=]file"),
    completion: .file())
  var text: [String] = []

  @Option(name: [.short, .long], help: "Tokens of one window; the second half of each is scored.")
  var context = 512

  @Option(
    name: [.long, .customLong("chunks")],
    help: ArgumentHelp("At most this many windows of each text.", valueName: "n"))
  var windows: Int?

  @Option(
    help: ArgumentHelp("Let windows overlap: each starts so many tokens later.", valueName: "n"))
  var stride: Int?

  @Option(
    help: ArgumentHelp(
      "Which tokens of conversations are scored: all, assistant, or last.", valueName: "which"))
  var score: ScoredTurns = .all

  @Flag(help: "Put conversations behind each other in windows of --context tokens.")
  var pack = false

  @Option(
    help: ArgumentHelp(
      "Render conversations by this chat template, not by the model's.", valueName: "file"),
    completion: .file())
  var template: String?

  /// The texts by their names.
  var sources: [TextSource] { text.map { TextSource(parsing: $0) } }

  func validate() throws {
    if let windows, windows < 1 {
      throw ValidationError("--windows takes a number from 1, not \(windows)")
    }
  }

  /// The text, cut for models of which the first is the reference; says what was noticed.
  func evaluation(
    by models: [RunnableModel], _ common: CommonOptions
  ) throws -> TextEvaluation {
    guard !text.isEmpty else {
      throw UsageError(message: "--text is missing: what should be predicted?")
    }
    let progress = common.progress
    progress.begin("cutting the text into tokens", total: 0, unit: .tokens)
    defer { progress.end() }
    let evaluation = try TextEvaluation(of: sources, by: models, windows: cut)
    Console.report(evaluation.diagnostics, common.verbosity)
    return evaluation
  }

  /// How texts are cut.
  var cut: TextWindows {
    var cut = TextWindows()
    (cut.context, cut.limit, cut.stride) = (context, windows, stride)
    (cut.scoredTurns, cut.isPacked, cut.template) = (score, pack, template)
    return cut
  }

  /// What reports call the texts together.
  var title: String { sources.map(\.name).joined(separator: ", ") }

  /// The one text's SHA-256; nil where there are several, or none, or where it came through a pipe.
  func digest() -> String? {
    guard text.count == 1, let path = sources.first?.path, path != "-" else { return nil }
    return Provenance.digest(path)
  }

  /// What the walk may use; with --verbose it is timed.
  func resources(_ common: CommonOptions) -> Resources {
    var resources = common.resources
    if common.verbosity == .verbose { resources.profile = WorkProfile() }
    return resources
  }

  /// Prints how a text would walk through models.
  func printPlan(_ plan: WalkFigures, command: String, json: Bool) {
    if json {
      let document: JSONValue = [
        "schema": JSONValue("weighbridge.\(command).plan/1"), "plan": WalkReport.json(plan),
      ]
      Console.print(json: document)
    } else {
      Console.print(WalkReport.text(plan))
    }
  }
}

extension ScoredTurns: ExpressibleByArgument {}

extension TextPart {
  /// The text in a report as JSON.
  var json: JSONObject {
    var object = JSONObject()
    object["name"] = JSONValue(name)
    object["path"] = path.map { JSONValue($0) } ?? JSONValue.null
    object["sha256"] = digest.map { JSONValue($0) } ?? JSONValue.null
    object["windows"] = .integer(windowCount)
    object["tokens"] = .integer(tokenCount)
    return object
  }
}
