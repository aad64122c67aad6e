package import WeighbridgeByteIO
package import WeighbridgeConversion
internal import WeighbridgeGGUF
package import WeighbridgeModelIR

/// Carries a plan out: lays the files out, writes them beside their places, gives them their names.
package struct OutputWriter: Sendable {
  package let plan: ConversionPlan
  /// What was opened, and what was asked for.
  package let source: Model
  package let options: ConversionOptions
  /// The argument that names the source, and all other files that are read.
  package let inputs: [String]
  package let output: String
  package let force: Bool
  package let resources: Resources
  /// `converting` or `quantizing`.
  package let activity: String
  package var byteOrder = ByteOrder.little
  /// How the output is split.
  package var split = SplitRequest.none
  /// Whether the work of an interrupted run is taken up, and kept if this one is interrupted.
  package var resumes = false
  /// What this process does of the output, and its command line; nil where it does all of it.
  package var share: (part: WorkShare, command: ShareCommand)?
  /// What is measured of the cost.
  package var measuring = CostMeasurement.none
  /// Where the plan's second file goes; nil where it has none.
  package var companionOutput: String?
  /// What rounding the scales of old blocks cost, once everything is written.
  package var scales: LegacyReport?

  /// How an output is split into parts.
  package enum SplitRequest: Hashable, Sendable {
    case none
    /// Parts whose tensors take at most so many bytes.
    case size(UInt64)
    /// The parts of llama.cpp's converter: at most so many bytes, and at most so many tensors.
    case converter(bytes: UInt64?, tensors: Int?)
    /// The parts of the source.
    case mirrored
  }

  /// A file to write.
  package struct Part: Sendable {
    package let path: String
    package let model: Model
    package let layout: FileLayout
  }

  /// What was done.
  package struct Outcome: Sendable {
    /// How long it took; nil for a plan that was only looked at.
    package var seconds: Double?
    /// Bytes that an earlier run had written.
    package var resumedBytes: UInt64 = 0
    /// The sums of each tensor's errors, in the order of the plan.
    package var sums: [ErrorSums?] = []

    /// Nothing done.
    package init() {}
  }

  /// Prepares to write `plan`.
  package init(
    plan: ConversionPlan, source: Model, options: ConversionOptions, inputs: [String],
    output: String, force: Bool, resources: Resources, activity: String
  ) {
    self.plan = plan
    self.source = source
    self.options = options
    self.inputs = inputs
    self.output = output
    self.force = force
    self.resources = resources
    self.activity = activity
  }

  /// Refuses outputs that are inputs or each other; where the report goes.
  package func check(_ parts: [Part], report: String?) throws -> TextOutput? {
    let outputs = parts.map(\.path) + (report.map { [$0] } ?? [])
    try OutputPlace.checkDistinct(outputs)
    for output in outputs {
      try InputLedger.check(output: output, beside: inputs + source.origin.files.map(\.path))
    }
    return try report.map { try TextOutput($0, replacing: force) }
  }

  /// The files with their headers: nothing is written yet.
  package func layOut() throws -> [Part] {
    let models: [Model]
    switch split {
    case .none: models = [plan.model]
    case .size(let bytes): models = try GGUFSplit.plan(plan.model, .bytes(bytes))
    case .converter(let bytes, let tensors):
      models = try GGUFSplit.converterParts(plan.model, bytes: bytes, tensors: tensors)
    case .mirrored:
      let files = plan.rows.compactMap(\.sourceFile)
      guard source.origin.isGGUF, files.count == plan.rows.count else {
        throw RequestError(
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
    var parts = try models.enumerated().map { index, model in
      try part(model, at: isWhole ? output : name.part(index).name)
    }
    if let companion = plan.companion, let companionOutput {
      parts.append(try part(companion, at: companionOutput))
    }
    return parts
  }

  private func part(_ model: Model, at path: String) throws -> Part {
    let stored = byteOrder == .little ? model : try GGUF.stored(model, in: byteOrder)
    return Part(
      path: path, model: stored, layout: try GGUF.layOut(stored, byteOrder: byteOrder))
  }

  /// Writes all parts, or none.
  package func write(_ parts: [Part]) throws -> Outcome {
    let start = ContinuousClock.now
    let files = try files(for: parts)
    var outcome = Outcome()
    do {
      outcome.resumedBytes = try takeUp(files)
      for (index, part) in parts.enumerated() {
        outcome.sums += try write(part, index, of: parts.count, in: files)
      }
      try InputLedger.checkUnchanged(source.origin.files.map(\.path))
      if share == nil { try files.commit() } else { try files.finishShare() }
    } catch {
      if files.keepsWork {
        resources.notice(
          .note, "work-kept", at: output, share == nil ? Self.advice : Self.shareAdvice)
      }
      throw error
    }
    let elapsed = ContinuousClock.now - start
    outcome.seconds =
      Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    return outcome
  }
}
