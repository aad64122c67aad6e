import ArgumentParser
import Glibc
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeFormats
import WeighbridgeInference
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeTokenizers

/// Options of commands that run a model over a text.
struct EvaluationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The text, as UTF-8.", valueName: "file"))
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

  /// The windows of the text, cut by a model's tokenizer.
  func windows(for model: Model) throws -> TokenWindows {
    let limit = ArchitectureKeys(model.metadata).integer("context_length")
    if let limit, context > limit {
      let warning = Weighbridge.Diagnostic(
        .warning, "long-window", at: "--context",
        "a window of \(context) tokens is longer than the \(limit) that the model was trained for")
      Console.report([warning], .normal)
    }
    guard let text else {
      throw UsageError(message: "--text is missing: what should be predicted?")
    }
    let tokenizer = try TextTokenizer.make(model.metadata)
    let tokens = tokenizer.encode(try TextInput.readForMeasuring(text))
    return try TokenWindows(
      tokens: tokens, context: context, limit: windows, stride: stride,
      beginToken: tokenizer.beginToken)
  }

  /// What inference may use.
  func options(_ common: CommonOptions) -> InferenceOptions {
    var options = InferenceOptions(
      threads: common.workerCount, memory: common.memoryBytes, progress: common.progress)
    if common.verbosity == .verbose { options.profile = WorkProfile() }
    return options
  }

  /// Prints how a text would walk through models.
  func printPlan(
    _ decoders: [Decoder], _ windows: TokenWindows, against baseline: Baseline? = nil,
    _ options: InferenceOptions, command: String, json: Bool
  ) throws {
    let plan = try WalkPlan(decoders, on: windows, against: baseline, options: options)
    if json {
      let document: JSONValue = [
        "schema": JSONValue("weighbridge.\(command).plan/1"), "plan": WalkReport.json(plan),
      ]
      Console.print(document.text())
    } else {
      Console.print(WalkReport.text(plan))
    }
  }
}
