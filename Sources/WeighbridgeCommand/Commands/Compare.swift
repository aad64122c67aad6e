import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeReports

/// `compare`: what a quantization cost.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare models with a reference: perplexity, KL divergence, same top token.",
    discussion: """
      Reference and models walk through the text together, layer by layer, so nothing is stored and each \
      file is read once. The statistics are those of llama-perplexity --kl-divergence; Δp and same top \
      are in percent, as it prints them.

      With one model all statistics are shown, with several --verbose shows them, and the error after \
      each layer. With gates (--max-kld, --max-ppl-increase, --min-same-top), --quiet prints only whether \
      they hold; exit status 1 if one fails.

      EXAMPLES
        weighbridge compare f16.gguf q8_0.gguf q4_k_m.gguf --text wiki.test.raw
        weighbridge compare ./checkpoint model-q4_k_m.gguf --text test.txt --json
        weighbridge compare f16.gguf q4_0.gguf --text test.txt --max-kld 0.05
        weighbridge compare f16.gguf q*.gguf --text test.txt --html report.html
        weighbridge compare f16.gguf --text test.txt --save-baseline f16.baseline
        weighbridge compare --baseline f16.baseline model-q4_0.gguf
        weighbridge compare f16.gguf q4.gguf --text code=src.txt \\
          --text chat=c.jsonl --card README.md
        weighbridge compare f16.gguf q4.gguf --text t.txt --gate 'kld.p99<=0.2' \\
          --junit gates.xml
      """)

  @Argument(
    help: ArgumentHelp(
      "The model to measure against, and the models to measure; with --baseline only these.",
      valueName: "reference model"),
    completion: .file())
  var names: [String]

  @OptionGroup var evaluation: EvaluationOptions

  @Option(
    help: ArgumentHelp(
      "A stored reference: of --save-baseline, or of llama-perplexity's --kl-divergence-base.",
      valueName: "file"),
    completion: .file())
  var baseline: String?

  @Option(
    help: ArgumentHelp("Store what the reference predicts of the text.", valueName: "file"),
    completion: .file())
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

  @OptionGroup var release: ReleaseOptions

  @Flag(help: "Print one JSON document.")
  var json = false

  @Option(
    help: ArgumentHelp("Write a self-contained report with charts.", valueName: "file"),
    completion: .file())
  var html: String?

  @Option(
    help: ArgumentHelp("Write the tables as Markdown, for a model card.", valueName: "file"),
    completion: .file())
  var markdown: String?

  @Flag(help: "Replace existing reports.")
  var force = false

  @Flag(help: "Print the evaluation plan and exit.")
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
    try OutputPlace.checkDistinct([saveBaseline, html, markdown].compactMap { $0 } + release.paths)
    try release.checkPlaces(replacing: force)
    if let saveBaseline, !dryRun { _ = try OutputPlace(saveBaseline, replacing: force) }
    let page = try dryRun ? nil : html.map { try TextOutput($0, replacing: force) }
    let tables = try dryRun ? nil : markdown.map { try TextOutput($0, replacing: force) }
    let models = try names.map { try common.runnable($0, acceptance) }
    let inputs = evaluation.sources.map(\.path) + [baseline, evaluation.template].compactMap { $0 }
    for input in inputs where input != "-" {
      InputLedger.protect(input)
    }
    for output in [page, tables] { try output?.checkInputs() }
    let resources = evaluation.resources(common)
    let text: TextEvaluation
    if let baseline {
      text = try TextEvaluation(
        against: baseline, by: models, of: evaluation.sources, windows: evaluation.cut)
    } else {
      text = try evaluation.evaluation(by: models, common)
    }
    if dryRun {
      evaluation.printPlan(try text.plan(using: resources), command: "compare", json: json)
      return
    }
    let differences = try text.differences(
      using: resources, storingReferenceAt: saveBaseline, replaces: force)
    if let saveBaseline {
      let bytes = FileIdentity(path: saveBaseline).map { NumberFormat.bytes($0.byteCount) }
      Console.note(
        "\(saveBaseline): what \(names[0]) predicts of "
          + "\(NumberFormat.counted(text.windowCount, "window")) of \(text.context)"
          + (bytes.map { ", \($0)" } ?? ""), common.verbosity)
      if differences.isEmpty { return }
    }
    let report = ComparisonReport(
      text: evaluation.text.isEmpty ? baseline ?? "" : evaluation.title,
      textSHA256: evaluation.digest(),
      evaluation: text, differences: differences)
    let gates = try Gates(
      report, maxKld: maxKld, maxPplIncrease: maxPplIncrease?.percent,
      minSameTop: minSameTop?.percent, others: release.gate)
    if let page {
      let html = ComparisonPage(report: report, gates: gates, provenance: provenance(report)).html
      try page.write(html)
    }
    try tables?.write(report.markdown())
    try release.write(report, gates, replacing: force)
    try InputLedger.checkUnchanged()
    show(report, gates, resources)
    try check(gates)
  }

  private func provenance(_ report: ComparisonReport) -> PageProvenance {
    var provenance = PageProvenance()
    provenance.add("Reference", filesAt: report.reference.location)
    for result in report.differences {
      provenance.add("Model", filesAt: result.model.location)
    }
    provenance.add(
      baseline == nil || !evaluation.text.isEmpty ? "Text" : "Baseline",
      report.text + (report.textSHA256.map { ", SHA-256 \($0)" } ?? ""))
    provenance.add(
      "Machine",
      "\(NumberFormat.counted(common.workerCount, "thread")), at most "
        + "\(NumberFormat.bytes(common.memoryBytes)) of memory for work")
    return provenance
  }

  private func show(_ report: ComparisonReport, _ gates: Gates, _ resources: Resources) {
    if json {
      Console.print(json: report.json(gates))
      return
    }
    // Whoever asks for gates and for silence wants to know whether they hold.
    if gates.all.isEmpty || common.verbosity > .quiet {
      let isVerbose = common.verbosity == .verbose
      let details = isVerbose || report.differences.count == 1
      Console.print(report.text(Terminal.output, details: details, layers: isVerbose))
      if let profile = resources.profile { Console.print(WalkReport.text(profile)) }
    }
    for gate in gates.all where gate.passes { Console.print(gate.line) }
  }

  /// The gates: every one that fails is said on a line of its own, and the exit status is 1.
  private func check(_ gates: Gates) throws {
    guard !gates.pass else { return }
    let failed = gates.all.filter { !$0.passes }
    for gate in failed { Console.note(gate.line, .normal) }
    throw CheckFailure(
      message: "\(failed.count) of \(NumberFormat.counted(gates.all.count, "gate")) failed")
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
