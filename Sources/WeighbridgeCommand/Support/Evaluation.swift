import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeDigests
import WeighbridgeInference
import WeighbridgeJSON

/// Options of commands that run a model over a text.
struct EvaluationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The text, as UTF-8: a file, a pipe, or - for standard input.", valueName: "file"),
    completion: .file())
  var text: String?

  @Option(name: [.short, .long], help: "Tokens of one window; the second half of each is scored.")
  var context = 512

  @Option(
    name: [.long, .customLong("chunks")],
    help: ArgumentHelp("At most this many windows.", valueName: "n"))
  var windows: Int?

  @Option(
    help: ArgumentHelp("Let windows overlap: each starts so many tokens later.", valueName: "n"))
  var stride: Int?

  func validate() throws {
    if let windows, windows < 1 {
      throw ValidationError("--windows takes a number from 1, not \(windows)")
    }
  }

  /// The text, cut for models of which the first is the reference; says what was noticed.
  func evaluation(
    by models: [RunnableModel], _ common: CommonOptions
  ) throws -> TextEvaluation {
    guard let text else {
      throw UsageError(message: "--text is missing: what should be predicted?")
    }
    var cut = TextWindows()
    (cut.context, cut.limit, cut.stride) = (context, windows, stride)
    let bytes = try TextInput.readForMeasuring(text)
    let progress = common.progress
    progress.begin("cutting the text into tokens", total: 0, unit: .tokens)
    defer { progress.end() }
    let evaluation: TextEvaluation
    do { evaluation = try TextEvaluation(of: bytes, by: models, windows: cut) } catch {
      // The library has bytes; a person has a file.
      guard error.message.hasPrefix("text: ") else { throw error }
      throw UsageError(
        message: TextInput.name(of: text) + error.message.dropFirst("text".count), hint: error.hint)
    }
    Console.report(evaluation.diagnostics, common.verbosity)
    return evaluation
  }

  /// The text's SHA-256; nil where there is none, or where it came through a pipe.
  func digest() -> String? {
    guard let text, text != "-", let source = try? FileSource(path: text) else { return nil }
    return (try? SHA256.hash(source))?.hexadecimal
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
