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
      Reads headers only, so it is quick whatever the model's size (but for --stats).

      EXAMPLES
        weighbridge inspect model.gguf
        weighbridge inspect model.gguf --tensors 'blk.0.*'
        weighbridge inspect ./checkpoint --metadata --json
        weighbridge inspect model.gguf --memory-for 8192
        weighbridge inspect model.gguf --stats --html report.html
      """)

  @Argument(help: "A model: a file, any shard, a folder, a bundle, or bundle#member.")
  var model: String

  @Option(help: ArgumentHelp("List tensors, all or those whose names match.", valueName: "glob"))
  var tensors: String?

  @Option(help: ArgumentHelp("List metadata, all or the keys that match.", valueName: "glob"))
  var metadata: String?

  @Flag(help: "Read every tensor and show its range, mean, deviation, zeros and non-finite values.")
  var stats = false

  @Flag(help: "Show the tokenizer: kind, size, special tokens, chat template.")
  var tokenizer = false

  @Option(help: ArgumentHelp("Estimate the memory to run with a context.", valueName: "tokens"))
  var memoryFor: Int?

  @Flag(help: "Give long metadata arrays whole in --json.")
  var full = false

  @Flag(help: "Print one JSON document.")
  var json = false

  @Option(help: ArgumentHelp("Write a self-contained report.", valueName: "file"))
  var html: String?

  @Flag(name: [.short, .long], help: "Replace an existing report.")
  var force = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    if let memoryFor, memoryFor < 1 {
      throw UsageError(message: "--memory-for takes a number of tokens, not \(memoryFor)")
    }
    if showsModelOnly == false, let bundle = try ModelInput.bundleIfNamed(model) {
      let inspection = BundleInspection(bundle: bundle)
      Console.print(json ? inspection.json.text() : inspection.text(Terminal.output))
      return
    }
    let report = try html.map { try TextOutput($0, replacing: force) }
    let opened = try ModelInput.open(model)
    try report?.checkInputs()
    var inspection = Inspection(opened, path: model)
    if stats {
      inspection.statistics = try TensorStatistics.measure(
        opened.tensors.filter { selects($0.name) }, workers: common.workerCount,
        progress: common.progress)
    }
    if let memoryFor { inspection.memory = try MemoryEstimate(opened, context: memoryFor) }
    if let report {
      try report.write(inspection.html())
      Console.note("wrote \(report.place.name)", common.verbosity)
    }
    let output = Console.pieces
    if json {
      inspection.writeJSON(
        tensors: { self.selects($0) }, metadata: { self.selectsKey($0) }, full: full
      ) { output.write($0) }
      output.flush()
    } else {
      writeText(inspection, Terminal.output, to: output)
      Console.report(opened.problems, common.verbosity)
    }
  }

  /// Whether the options ask for what only a model has: then a bundle stands for the model in it.
  private var showsModelOnly: Bool {
    tensors != nil || metadata != nil || stats || tokenizer || memoryFor != nil || html != nil
  }

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
    part(inspection.heading(terminal))
    part(inspection.encodings(terminal))
    if metadata != nil || (tensors == nil && !stats && !tokenizer && memoryFor == nil) {
      streamed { inspection.writeMetadata(terminal, { selectsKey($0) }, to: $0) }
    }
    if tokenizer {
      part(inspection.tokenizer(terminal))
      part(inspection.sampleConversation(terminal))
    }
    if tensors != nil {
      streamed { inspection.writeTensors(terminal, { selects($0) }, to: $0) }
    }
    if stats { part(inspection.statistics(terminal)) }
    if memoryFor != nil { part(inspection.memory(terminal)) }
    output.flush()
  }
}
