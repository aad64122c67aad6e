internal import WeighbridgeByteIO
package import WeighbridgeConversion
package import WeighbridgeInference
package import WeighbridgeModelIR

/// Calibrated quantization from a text to a plan whose payloads are there: statistics, allocation,
/// encoding, and the judgement on a share of the text that was held back.
package struct CalibrationRun {
  private let source: Model
  private var conversion: ConversionOptions
  private let request: CalibrationRequest
  private let options: InferenceOptions

  /// Prepares; `source` is the model as it was opened, and `conversion` has a recipe.
  package init(
    _ source: Model, _ conversion: ConversionOptions, _ request: CalibrationRequest,
    options: InferenceOptions
  ) {
    self.source = source
    self.conversion = conversion
    self.request = request
    self.options = options
  }

  /// Windows that are held back of `count`: an eighth, at least two and at most sixteen.
  package static func heldBack(of count: Int) -> Int {
    count < 4 ? 0 : max(2, min(16, count / 8))
  }

  /// Works by a text, or by what an earlier walk has collected of it.
  package func run(
    on data: CalibrationData
  ) throws(ConversionError) -> (plan: ConversionPlan, report: CalibrationReport) {
    let reference = try CanonicalModel.make(source, conversion.canonical)
    var report = CalibrationReport(effort: request.effort)
    report.windows = data.windows.windows.count
    report.heldBackWindows = data.heldBack?.windows.count ?? 0
    guard conversion.prunedLayers.isEmpty else {
      throw .model(
        ModelError(
          .invalidRequest, "prune-layers", "a model that loses layers cannot be calibrated at once",
          hint: "prune it first, then calibrate what is left"))
    }
    do throws(InferenceError) {
      let decoder = try Decoder(reference)
      var work = self
      if conversion.importance == nil {
        // The recipe is to be beaten as llama.cpp makes it of the same text.
        let importance = try data.importance(decoder, options)
        work.conversion.importance = ImportanceMatrix(importance)
      }
      return try work.run(data, reference, decoder, &report)
    } catch { throw error.conversionError }
  }

  private func run(
    _ data: CalibrationData, _ reference: Model, _ decoder: Decoder,
    _ report: inout CalibrationReport
  ) throws(InferenceError) -> (plan: ConversionPlan, report: CalibrationReport) {
    let baseline: ConversionPlan
    do { baseline = try Converter.plan(source, baselineOptions) } catch {
      throw error.inferenceError
    }
    let found = try data.fisher(decoder, request.effort, options)
    try checkBudget(found.statistics, decoder)
    if let obstacle = found.obstacle {
      report.notes.append(
        "there are no gradients (\(obstacle)): tokens weigh alike"
          + (request.budget == nil ? "" : ", and tensors are measured one by one"))
    }
    var plan = baseline
    if request.budget != nil {
      plan = try allocated(baseline, reference, found.statistics, data, &report)
    }
    // The matrix is our own, and has no entry for the head as llama-imatrix has none.
    plan.notes.removeAll { $0.code == "importance-missing" }
    guard !request.isDryRun else { return (plan, report) }
    report.journal = try journal(plan)
    let work = CalibratedQuantization(
      plan, of: reference, effort: request.effort, fisher: found.statistics, options: options,
      journal: report.journal)
    var results = [try work.run(on: data)]
    if request.effort == .best {
      results.append(try work.runOnPrefix(after: results[0], on: data.windows))
      let tuning = ScaleTuning(reference, decoder, options: options)
      if let obstacle = tuning.obstacle(results[1].plan) {
        report.notes.append("scales are not tuned: \(obstacle)")
      } else {
        results.append((try tuning.run(results[1].plan, on: data.windows), results[1].outcomes))
      }
    }
    return try judged(results, baseline, decoder, data.heldBack, &report)
  }

  /// Refuses a budget where nothing says what an encoding would cost.
  private func checkBudget(
    _ fisher: FisherStatistics?, _ decoder: Decoder
  ) throws(InferenceError) {
    guard request.budget == nil || fisher != nil || decoder.predictsTokens else {
      throw .model(
        ModelError(
          .invalidRequest, "budget",
          "encodings are chosen by the divergence of predictions, and the model predicts no tokens",
          hint: "--calibrate with a --type, without --budget, keeps the type's encodings"))
    }
  }

  /// The journal of a plan, where one was asked for.
  private func journal(_ plan: ConversionPlan) throws(InferenceError) -> CalibrationJournal? {
    guard let wanted = request.journal else { return nil }
    let tensors = plan.model.tensors
    let encodings = tensors.map { "\($0.name) \($0.layout.encoding)" }.joined(separator: "\n")
    do {
      return try CalibrationJournal(
        for: wanted.output, identity: wanted.question + "\n" + encodings,
        tensors.filter { Grid($0.layout.encoding) != nil }.map { ($0.name, $0.layout.byteCount) },
        stages: request.effort == .best ? 2 : 1)
    } catch { throw .format(FormatError(error)) }
  }

  /// The options whose plan stands for llama.cpp's recipe.
  private var baselineOptions: ConversionOptions {
    var options = conversion
    if case .recipe(let recipe) = request.budget { options.recipe = recipe }
    options.tensorTypes = request.kept + options.tensorTypes
    return options
  }

  /// The plan whose encodings meet the budget.
  private func allocated(
    _ baseline: ConversionPlan, _ reference: Model, _ fisher: FisherStatistics?,
    _ data: CalibrationData, _ report: inout CalibrationReport
  ) throws(InferenceError) -> ConversionPlan {
    let planner = BudgetPlanner(baseline, reference, request)
    let probe = SensitivityProbe(
      reference, names: planner.names, fisher: fisher, options: options)
    let sensitivities = try probe.run(on: data)
    let planned = try planner.choose(sensitivities)
    report.choices = planned.choices
    report.predicted = planned.predicted
    report.frontier = planned.frontier
    report.recipe = planned.recipe
    var options = conversion
    options.recipe = planned.base
    options.userRecipe = nil
    options.tensorTypes = planned.rules
    do { return try Converter.plan(source, options) } catch {
      throw error.inferenceError
    }
  }

  /// What is best on the text that was held back: of the results, and of the recipe where it fits.
  private func judged(
    _ results: [(plan: ConversionPlan, outcomes: [CalibratedQuantization.Outcome])],
    _ baseline: ConversionPlan, _ decoder: Decoder, _ heldBack: TokenWindows?,
    _ report: inout CalibrationReport
  ) throws(InferenceError) -> (ConversionPlan, CalibrationReport) {
    var chosen = results.count - 1
    if let heldBack, decoder.predictsTokens {
      let models = try ([baseline] + results.map(\.plan)).map { (plan) throws(InferenceError) in
        try Decoder(plan.model)
      }
      let found = try Comparison.measure(
        models, against: decoder, on: heldBack, options: options
      ).map(\.divergence)
      for index in results.indices where found[index + 1].value < found[chosen + 1].value {
        chosen = index
      }
      let names = [
        baseline.recipe, "blocks by error feedback", "layers after encoded ones",
        "scales by gradient",
      ]
      report.steps = zip(names, found).map { ($0, $1) }
      let own = found[chosen + 1]
      report.measured = (baseline.recipe, found[0], own)
      let allowed = max(results[chosen].plan.tensorBytes, budgetBytes(baseline) ?? 0)
      if found[0].value < own.value, baseline.tensorBytes <= allowed {
        report.fellBack = true
        return (baseline, report)
      }
      if chosen < results.count - 1 {
        report.notes.append("\(names[chosen + 1]) did best on what was held back, and are written")
      }
    }
    report.outcomes = results[chosen].outcomes
    return (results[chosen].plan.adding(report.metadata), report)
  }

  private func budgetBytes(_ baseline: ConversionPlan) -> UInt64? {
    request.budget.map { BudgetPlanner.bytes($0, baseline) }
  }
}

extension InferenceError {
  /// The same as an error of conversion.
  var conversionError: ConversionError {
    switch self {
    case .model(let error): .model(error)
    case .format(let error): .format(error)
    }
  }
}

extension ConversionError {
  /// The same as an error of inference.
  var inferenceError: InferenceError {
    switch self {
    case .model(let error): .model(error)
    case .format(let error): .format(error)
    case .io(let error): .format(FormatError(error))
    }
  }
}

extension CalibrationReport {
  /// What the file says of how it was made.
  var metadata: [(key: ByteString, value: MetadataValue)] {
    var entries: [(key: ByteString, value: MetadataValue)] = [
      ("quantize.calibration.effort", .string(ByteString(effort.rawValue))),
      ("quantize.calibration.windows", .uint32(UInt32(clamping: windows))),
    ]
    if let predicted {
      entries.append(("quantize.calibration.predicted_divergence", .float64(predicted)))
    }
    if let recipe { entries.append(("quantize.calibration.recipe", .string(ByteString(recipe)))) }
    return entries
  }
}
