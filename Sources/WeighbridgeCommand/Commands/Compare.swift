import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeInference
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports
import WeighbridgeTokenizers

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
        weighbridge compare model-f16.gguf --text test.txt --save-baseline f16.baseline
        weighbridge compare --baseline f16.baseline model-q4_0.gguf
      """)

  @Argument(
    help: ArgumentHelp(
      "The model to measure against, and the models to measure; with --baseline only these.",
      valueName: "reference model"))
  var names: [String]

  @OptionGroup var evaluation: EvaluationOptions

  @Option(
    help: ArgumentHelp(
      "A stored reference: of --save-baseline, or of llama-perplexity's --kl-divergence-base.",
      valueName: "file"))
  var baseline: String?

  @Option(
    help: ArgumentHelp("Store what the reference predicts of the text.", valueName: "file"))
  var saveBaseline: String?

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

  @OptionGroup var acceptance: AcceptOptions

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if baseline != nil, saveBaseline != nil {
      throw ValidationError("--baseline and --save-baseline exclude each other")
    }
    if baseline == nil, saveBaseline == nil, names.count < 2 {
      throw ValidationError("compare takes a reference and at least one model")
    }
    if baseline != nil, evaluation.stride != nil || evaluation.windows != nil {
      throw ValidationError("a stored baseline has its own windows: no --windows, no --stride")
    }
  }

  func run() throws {
    try OutputPlace.checkDistinct([saveBaseline, html, markdown].compactMap { $0 })
    if let saveBaseline, !dryRun { _ = try OutputPlace(saveBaseline, replacing: force) }
    let page = try dryRun ? nil : html.map { try TextOutput($0, replacing: force) }
    let tables = try dryRun ? nil : markdown.map { try TextOutput($0, replacing: force) }
    let opened = try names.map { try common.openCanonical($0, accepting: acceptance.keys) }
    let models = Array(zip(names, opened).dropFirst(baseline == nil ? 1 : 0))
    let decoders = try opened.map { try Decoder($0) }
    for (name, decoder) in zip(names, decoders) {
      do { try decoders[0].requireSameVocabulary(as: decoder) } catch {
        guard case .model(let reason) = error else { throw error }
        throw ModelError(
          reason.code, name, reason.message,
          hint: "the reference is \(names[0]); look at both with inspect --tokenizer")
      }
    }
    for input in [evaluation.text, baseline].compactMap({ $0 }) { InputLedger.protect(input) }
    for output in [page, tables] { try output?.checkInputs() }
    let options = evaluation.options(common)
    let report: ComparisonReport?
    if let baseline {
      report = try compare(models, decoders, baseline, options)
    } else {
      report = try compare(models, decoders, (names[0], opened[0]), options)
    }
    guard let report else { return }
    try page?.write(report.html())
    try tables?.write(report.markdown())
    try InputLedger.checkUnchanged()
    show(report, options)
    try check(report)
  }

  /// Measures against the first model; nil where only a plan was asked for.
  private func compare(
    _ models: [(String, Model)], _ decoders: [Decoder], _ reference: (path: String, model: Model),
    _ options: InferenceOptions
  ) throws -> ComparisonReport? {
    let windows = try evaluation.windows(for: reference.model)
    let others = Array(decoders.dropFirst())
    if dryRun {
      try evaluation.printPlan(decoders, windows, options, command: "compare", json: json)
      return nil
    }
    let summary = ReferenceSummary(reference.path, reference.model)
    var results: [Comparison] = []
    let measure = { (recorder: (any BaselineRecorder)?) in
      results = try Comparison.measure(
        others, against: decoders[0], on: windows, options: options, recorder: recorder)
    }
    if let saveBaseline {
      try BaselineFile.record(
        decoders[0], windows, summary, to: saveBaseline, replacing: force
      ) { try measure($0) }
      Console.note("\(saveBaseline): what \(reference.path) predicts", common.verbosity)
      if others.isEmpty { return nil }
    } else {
      try measure(nil)
    }
    return ComparisonReport(
      reference: summary, models: models.map { ($0.0, $0.1) }, results: results,
      text: evaluation.text ?? "", context: evaluation.context, windows: windows.windows.count)
  }

  /// Measures against what was stored; nil where only a plan was asked for.
  private func compare(
    _ models: [(String, Model)], _ decoders: [Decoder], _ path: String, _ options: InferenceOptions
  ) throws -> ComparisonReport? {
    let (baseline, summary) = try BaselineFile.open(
      path, beginToken: TextTokenizer.make(models[0].1.metadata).beginToken)
    let windows = baseline.windows
    if evaluation.text != nil {
      var same = evaluation
      same.context = windows.windows[0].count
      let own = try same.windows(for: models[0].1)
      guard own.windows.starts(with: windows.windows, by: { $0.dropFirst() == $1.dropFirst() })
      else {
        throw ModelError(
          .invalidRequest, path, "it was stored for another text, or for other tokens",
          hint: "leave --text out to use the stored tokens")
      }
    }
    if dryRun {
      try evaluation.printPlan(
        decoders, windows, against: baseline, options, command: "compare", json: json)
      return nil
    }
    let results = try Comparison.measure(decoders, against: baseline, options: options)
    return ComparisonReport(
      reference: summary, models: models.map { ($0.0, $0.1) }, results: results,
      text: evaluation.text ?? path, context: windows.windows[0].count,
      windows: windows.windows.count)
  }

  private func show(_ report: ComparisonReport, _ options: InferenceOptions) {
    if json {
      Console.print(report.json.text())
      return
    }
    let details = common.verbosity == .verbose || report.models.count == 1
    Console.print(report.text(Terminal.output, details: details))
    if let profile = options.profile { Console.print(WalkReport.text(profile)) }
  }

  /// The gates: every one that fails is said, and the exit status is 1.
  private func check(_ report: ComparisonReport) throws {
    var failures: [String] = []
    for (model, result) in zip(report.models, report.results) {
      let name = ModelInput.shortName(model.path)
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
