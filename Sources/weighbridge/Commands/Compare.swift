import ArgumentParser
import Inference
import JSON
import ModelIR
import Reports

/// `compare`: what a quantization cost.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare models with a reference: perplexity, KL divergence, same top token.",
    discussion: """
      Reference and models walk through the text together, layer by layer, so nothing is stored and each \
      file is read once. The statistics are those of llama-perplexity --kl-divergence; Δp and same top \
      are in percent, as it prints them.

      EXAMPLES
        weighbridge compare f16.gguf q8_0.gguf q4_k_m.gguf --text wiki.test.raw
        weighbridge compare ./checkpoint model-q4_k_m.gguf --text test.txt --json
        weighbridge compare model-f16.gguf model-q4_0.gguf --text test.txt --max-kld 0.05
        weighbridge compare model-f16.gguf model-*.gguf --text test.txt --html report.html
      """)

  @Argument(help: "The model to measure against.")
  var reference: String

  @Argument(help: "The models to measure.")
  var models: [String]

  @OptionGroup var evaluation: EvaluationOptions

  @Option(
    help: ArgumentHelp(
      "Fail (exit status 1) where the mean KL divergence is higher.", valueName: "x"))
  var maxKld: Double?

  @Option(help: ArgumentHelp("Fail where the perplexity rises by more.", valueName: "percent"))
  var maxPplIncrease: Percentage?

  @Option(
    help: ArgumentHelp(
      "Fail where fewer tokens keep their most likely successor.",
      valueName: "percent"))
  var minSameTop: Percentage?

  @Flag(help: "Print one JSON document.")
  var json = false

  @Option(help: ArgumentHelp("Write a self-contained report with charts.", valueName: "file"))
  var html: String?

  @Option(help: ArgumentHelp("Write the tables as Markdown, for a model card.", valueName: "file"))
  var markdown: String?

  @Flag(name: [.short, .long], help: "Replace existing reports.")
  var force = false

  @Flag(help: "Say how the text would walk through the models, and stop.")
  var dryRun = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let base = try ModelInput.openCanonical(reference, common.verbosity)
    let candidates = try models.map { try ModelInput.openCanonical($0, common.verbosity) }
    let windows = try evaluation.windows(for: base)
    let decoders = try ([base] + candidates).map { try Decoder($0) }
    let options = evaluation.options(common)
    if dryRun {
      try evaluation.printPlan(decoders, windows, options, command: "compare", json: json)
      return
    }
    let results = try Comparison.measure(
      Array(decoders.dropFirst()), against: decoders[0], on: windows, options: options)
    let report = ComparisonReport(
      reference: (reference, base), models: Array(zip(models, candidates)), results: results,
      evaluation: evaluation, windows: windows.windows.count)
    if let html { try TextFile.write(report.html(), to: html, replacing: force) }
    if let markdown { try TextFile.write(report.markdown(), to: markdown, replacing: force) }
    if json {
      Console.print(report.json.text())
    } else {
      let details = common.verbosity == .verbose || models.count == 1
      Console.print(report.text(Terminal.output, details: details))
      if let profile = options.profile { Console.print(WalkReport.text(profile)) }
    }
    try check(results)
  }

  /// The gates: every one that fails is said, and the exit status is 1.
  private func check(_ results: [Comparison]) throws {
    var failures: [String] = []
    for (model, result) in zip(models, results) {
      let name = ModelInput.shortName(model)
      if let maxKld, !(result.divergence.value <= maxKld) {
        let value = NumberFormat.significant(result.divergence.value, 4)
        failures.append("\(name): mean KL divergence \(value) exceeds \(maxKld)")
      }
      let increase = (result.perplexityRatio.value - 1) * 100
      if let maxPplIncrease, !(increase <= maxPplIncrease.percent) {
        let value = NumberFormat.fixed(increase, 3)
        failures.append(
          "\(name): perplexity rose by \(value) %, more than \(maxPplIncrease.percent) %")
      }
      let same = result.sameTop.value * 100
      if let minSameTop, !(same >= minSameTop.percent) {
        let value = NumberFormat.fixed(same, 3)
        failures.append("\(name): same top token \(value) %, less than \(minSameTop.percent) %")
      }
    }
    guard failures.isEmpty else { throw CheckFailure(message: failures.joined(separator: "; ")) }
  }
}

/// A number of percent: `2.5` or `2.5%`.
struct Percentage: ExpressibleByArgument, Hashable {
  let percent: Double

  init?(argument: String) {
    let digits = argument.hasSuffix("%") ? String(argument.dropLast()) : argument
    guard let value = Double(digits), value.isFinite else { return nil }
    percent = value
  }
}
