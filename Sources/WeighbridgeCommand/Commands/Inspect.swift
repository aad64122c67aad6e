import ArgumentParser
import Weighbridge
import WeighbridgeByteIO
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// `inspect`: what is in a model's files.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is in a model: tensors, metadata, sizes, statistics, problems.",
    discussion: """
      Only headers are read, so it is quick whatever the size of the model; --stats reads every tensor.

      EXAMPLES
        weighbridge inspect model.gguf
        weighbridge inspect model.gguf --tensors 'blk.0.*'
        weighbridge inspect model.gguf --layers
        weighbridge inspect ./checkpoint --metadata --json
        weighbridge inspect model.gguf --memory-for 8k --cache-type q8_0 --fits 24GB
        weighbridge inspect model.gguf --stats --html report.html
      """)

  @Argument(
    help: "A model: a file, any shard, a folder, a bundle, or bundle#member.",
    completion: .file())
  var model: String

  @Option(help: ArgumentHelp("List tensors, all or those whose names match.", valueName: "glob"))
  var tensors: String?

  @Flag(help: "Show what layers and roles of tensors take.")
  var layers = false

  @Option(help: ArgumentHelp("List metadata, all or the keys that match.", valueName: "glob"))
  var metadata: String?

  @Flag(help: "Read every tensor and show its range, mean, deviation, zeros and non-finite values.")
  var stats = false

  @Flag(help: "Show the tokenizer: kind, size, special tokens, chat template.")
  var tokenizer = false

  @OptionGroup(title: "Memory to run it") var memory: MemoryOptions

  @Flag(help: "Give long metadata arrays whole in --json.")
  var full = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @Option(
    help: ArgumentHelp("Write a self-contained report.", valueName: "file"), completion: .file())
  var html: String?

  @Flag(help: "Replace an existing report.")
  var force = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    guard json || !full else {
      throw UsageError(
        message: "--full says how --json gives arrays",
        hint: "weighbridge inspect \(model) --json --full")
    }
    guard html != nil || !force else {
      throw UsageError(message: "--force replaces a report: name one with --html")
    }
    if showsModelOnly == false, let bundle = try ModelInput.bundleIfNamed(model) {
      let inspection = BundleInspection(bundle: bundle)
      if json {
        Console.print(json: inspection.json)
      } else {
        Console.print(inspection.text(Terminal.output))
      }
      return
    }
    let report = try html.map { try TextOutput($0, replacing: force) }
    let opened = try open()
    try report?.checkInputs()
    var inspection = Inspection(opened, path: model)
    if stats {
      let selected = opened.tensors.filter { selects($0.name) }
      inspection.statistics = try TensorStatistics.measure(
        selected, histograms: html == nil ? [] : Set(InspectionPage.shown(selected)),
        workers: common.workerCount, progress: common.progress)
    }
    inspection.memory = try memory.estimate(OpenedModel(opened, at: model))
    if let report {
      try report.write(page(inspection).html)
      Console.note("wrote \(report.place.name)", common.verbosity)
    }
    let output = Console.pieces
    if json {
      inspection.writeJSON(
        tensors: { self.selects($0) }, metadata: { self.selectsKey($0) }, full: full
      ) { output.write($0) }
      output.flush()
    } else {
      // A page alone is what was asked for.
      if report == nil || asksForParts { writeText(inspection, Terminal.output, to: output) }
      Console.report(opened.problems, common.verbosity)
    }
    try checkMatches(opened)
    try inspection.memory.map { try memory.check($0) }
  }

  private func open() throws -> Model {
    do { return try ModelInput.open(model) } catch let error as FormatError {
      guard error.code == .notThisFormat, case .importanceMatrix? = try? Location(model).open()
      else { throw error }
      throw UsageError(
        message: "\(model): this is an importance matrix as older llama.cpp wrote it, not a model",
        hint: "weighbridge imatrix --show \(model)")
    }
  }

  private func page(_ inspection: Inspection) throws -> InspectionPage {
    var provenance = PageProvenance()
    provenance.add(
      "File", filesAt: model, limit: stats ? .max : InspectionPage.mostHashed)
    let found = try Validation(
      model, against: nil, readsTensors: false, using: common.resources)
    return InspectionPage(
      inspection: inspection, findings: found.findings,
      bundle: try ModelInput.bundleIfNamed(model).map { BundleInspection(bundle: $0) },
      provenance: provenance)
  }

  /// Patterns that match nothing are mistakes: exit status 1, as of grep.
  private func checkMatches(_ model: Model) throws {
    if let tensors, tensors != "*", !model.tensors.contains(where: { selects($0.name) }) {
      throw CheckFailure(message: "no tensor matches '\(tensors)'", hint: Self.wider(tensors))
    }
    if let metadata, metadata != "*",
      !model.metadata.entries.contains(where: { selectsKey($0.key) })
    {
      throw CheckFailure(message: "no key matches '\(metadata)'", hint: Self.wider(metadata))
    }
  }

  private static func wider(_ pattern: String) -> String {
    pattern.contains("*")
      ? "patterns are those of the shell and match whole names: *, ?, [a-z], {a,b}"
      : "patterns match whole names: '*\(pattern)*' finds it anywhere"
  }

  /// Whether the options ask for more than the summary, which only a model has.
  private var asksForParts: Bool {
    tensors != nil || metadata != nil || layers || stats || tokenizer || memory.context != nil
  }

  /// Whether a bundle stands for the model in it.
  private var showsModelOnly: Bool { asksForParts || html != nil }

  private func selects(_ name: ByteString) -> Bool {
    tensors.map { Glob($0).matches(name.text) } ?? true
  }

  private func selectsKey(_ key: ByteString) -> Bool {
    metadata.map { Glob($0).matches(key.text) } ?? true
  }

  /// The parts that the options ask for, with an empty line between them.
  private func writeText(_ inspection: Inspection, _ terminal: Terminal, to output: PiecedOutput) {
    func part(_ text: String) {
      if !text.isEmpty { output.write((output.isEmpty ? "" : "\n") + text) }
    }
    /// Puts the empty line before the first of the pieces, if there is one.
    func streamed(_ write: ((String) -> Void) -> Void) {
      var isFirst = true
      write { piece in
        if isFirst { part(piece) } else { output.write(piece) }
        isFirst = false
      }
    }
    // Who asks for one part and for silence wants that part: a script need not skip the others.
    if !(asksForParts && common.verbosity == .quiet) {
      part(inspection.heading(terminal))
      part(inspection.encodings(terminal))
    }
    if metadata != nil || !asksForParts {
      streamed { inspection.writeMetadata(terminal, { selectsKey($0) }, to: $0) }
    }
    if tokenizer {
      part(inspection.tokenizer(terminal))
      part(inspection.sampleConversation(terminal))
    }
    if layers { part(inspection.layers(terminal)) }
    if tensors != nil {
      streamed { inspection.writeTensors(terminal, { selects($0) }, to: $0) }
    }
    if stats { part(inspection.statistics(terminal)) }
    if memory.context != nil { part(inspection.memory(terminal)) }
    output.flush()
  }
}
