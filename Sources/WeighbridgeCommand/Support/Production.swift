import ArgumentParser
import WeighbridgeByteIO
import WeighbridgeConversion
import WeighbridgeGGUF
import WeighbridgeJSON
import WeighbridgeModelIR
import WeighbridgeReports

/// Carries a plan out: lays the files out, writes them beside their places, gives them their names.
struct Production {
  let plan: ConversionPlan
  /// What was opened, and what was asked for.
  let source: Model
  let options: ConversionOptions
  /// The argument that names the source, and all other files that are read.
  let inputs: [String]
  let output: String
  let force: Bool
  let common: CommonOptions
  /// `converting` or `quantizing`.
  let activity: String
  var byteOrder = ByteOrder.little
  /// How the output is split.
  var split = SplitRequest.none
  /// Whether the work of an interrupted run is taken up, and kept if this one is interrupted.
  var resumes = false
  /// Where a report of the cost goes, and what is measured for it.
  var report: String?
  var measuring = CostMeasurement.none

  /// How an output is split into parts.
  enum SplitRequest: Hashable {
    case none
    /// Parts whose tensors take at most so many bytes.
    case size(UInt64)
    /// The parts of llama.cpp's converter: at most so many bytes, and at most so many tensors.
    case converter(bytes: UInt64?, tensors: Int?)
    /// The parts of the source.
    case mirrored
  }
  /// What rounding the scales of old blocks cost, once everything is written.
  var scales: LegacyReport?

  /// A file to write.
  struct Part {
    let path: String
    let model: Model
    let layout: FileLayout
  }

  /// What was done.
  struct Outcome {
    /// How long it took; nil for a plan that was only looked at.
    var seconds: Double?
    /// Bytes that an earlier run had written.
    var resumedBytes: UInt64 = 0
    /// The sums of each tensor's errors, in the order of the plan.
    var sums: [ErrorSums?] = []
  }

  /// Prints the plan (`--dry-run`) or writes the file or its parts, and says what was done.
  func run(dryRun: Bool, json: Bool) throws {
    let reportFormat = try report.map { try CostDocument.Format(path: $0) }
    ModelInput.report(plan.notes, common.verbosity)
    let parts = try layOut()
    let document = ProductionDocument(production: self, parts: parts)
    if dryRun {
      Console.print(json ? document.json(Outcome()).text() : document.table(Terminal.output))
      return
    }
    try InputProtection.check(
      outputs: parts.map(\.path) + (report.map { [$0] } ?? []),
      inputs: inputs + source.origin.files.map(\.path))
    if let report {
      guard !parts.contains(where: { $0.path == report }) else {
        throw UsageError(message: "\(report) cannot be both the model and the report")
      }
      try TextFile.check(report, replacing: force)
    }
    let outcome = try write(parts)
    let cost =
      measuring == .none
      ? nil
      : CostDocument(
        report: CostReport(plan, outcome.sums), source: inputs.first ?? "", output: output)
    if let report, let reportFormat, let cost {
      try TextFile.write(cost.text(reportFormat), to: report, replacing: force)
    }
    if json { Console.print(document.json(outcome, cost: cost?.json).text()) }
    Console.note(document.summary(outcome), common.verbosity)
    if let cost, !cost.summary.isEmpty { Console.note(cost.summary, common.verbosity) }
    ModelInput.report(options.misencoded.problems, common.verbosity)
    for line in scales?.lines ?? [] { Console.note(line, common.verbosity) }
  }

  private func layOut() throws -> [Part] {
    let models: [Model]
    switch split {
    case .none: models = [plan.model]
    case .size(let bytes): models = try GGUFSplit.plan(plan.model, .bytes(bytes))
    case .converter(let bytes, let tensors):
      models = try GGUFSplit.converterParts(plan.model, bytes: bytes, tensors: tensors)
    case .mirrored:
      let files = plan.rows.compactMap(\.sourceFile)
      guard source.origin.format == GGUF.name, files.count == plan.rows.count else {
        throw UsageError(
          message: "--keep-split mirrors the parts of a split GGUF, and the source is "
            + source.origin.format, hint: "--split-size SIZE splits any output")
      }
      models = try GGUFSplit.plan(plan.model, files: files, count: source.origin.files.count)
    }
    let prefix =
      ShardName(output)?.prefix ?? (output.hasSuffix(".gguf") ? String(output.dropLast(5)) : output)
    let name = ShardName(prefix: prefix, index: 0, count: models.count)
    // What the converter finds to fit into one part is no split model and keeps its name.
    var isWhole = split == .none
    if case .converter = split, models.count == 1 { isWhole = true }
    return try models.enumerated().map { index, model in
      let stored = byteOrder == .little ? model : try GGUF.stored(model, in: byteOrder)
      return Part(
        path: isWhole ? output : name.part(index).name, model: stored,
        layout: try GGUF.layOut(stored, byteOrder: byteOrder))
    }
  }

  private func write(_ parts: [Part]) throws -> Outcome {
    let start = ContinuousClock.now
    let files = try JournaledOutput(
      path: output, parts: parts.map { .init(path: $0.path, byteCount: $0.layout.byteCount) },
      identity: identity(parts), resumes: resumes, replaces: force)
    var outcome = Outcome()
    do {
      if resumes { outcome.resumedBytes = try takeUp(files) }
      for (index, part) in parts.enumerated() {
        outcome.sums += try write(part, index, of: parts.count, in: files)
      }
      try files.commit()
    } catch {
      if resumes { Console.note(Self.advice, common.verbosity) }
      throw error
    }
    Farewell.set(nil)
    let elapsed = ContinuousClock.now - start
    outcome.seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    return outcome
  }
}
