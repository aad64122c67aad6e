internal import WeighbridgeByteIO
internal import WeighbridgeConversion
internal import WeighbridgeEncodings
internal import WeighbridgeInference
internal import WeighbridgeModelIR

/// Turns sensitivities into encodings within a budget.
struct BudgetPlanner {
  /// Encodings for all tensors, and what they promise.
  struct Result {
    var choices: [(name: String, choice: Allocation.Choice)] = []
    var predicted: Double?
    var frontier: [Allocation.Point] = []
    var recipe: String?
    var base: Recipe
    var rules: [TensorTypeRule] = []
  }

  private let baseline: ConversionPlan
  private let sources: [ByteString: Tensor]
  private let request: CalibrationRequest
  /// Tensors whose encodings may be chosen: those that the recipe encodes, without what is given.
  let names: Set<ByteString>

  init(_ baseline: ConversionPlan, _ reference: Model, _ request: CalibrationRequest) {
    self.baseline = baseline
    self.request = request
    var sources: [ByteString: Tensor] = [:]
    for tensor in reference.tensors { sources[tensor.name] = tensor }
    self.sources = sources
    names = Set(
      baseline.rows.filter { row in
        row.encoding != row.sourceEncoding
          && !request.kept.contains { $0.matches(row.name.text) }
          && TypeCosts.probe(rowLength: row.shape.rowLength) != nil
      }.map(\.name))
  }

  /// Bytes of tensors that a budget allows.
  static func bytes(_ budget: ByteBudget, _ baseline: ConversionPlan) -> UInt64 {
    switch budget {
    case .bitsPerWeight(let bits): UInt64(Double(baseline.model.elementCount) * bits / 8)
    case .bytes(let bytes): bytes
    case .recipe: baseline.tensorBytes
    }
  }

  /// Chooses; throws where even the smallest encodings exceed the budget.
  func choose(
    _ sensitivities: [ByteString: Sensitivity]
  ) throws(InferenceError) -> Result {
    guard let budget = request.budget else { preconditionFailure("no budget") }
    let rows = baseline.rows.filter { sensitivities[$0.name] != nil }
    let allocation = Allocation(
      rows.compactMap { row in
        guard let tensor = sources[row.name], let own = sensitivities[row.name] else { return nil }
        return .init(name: row.name, choices: allowed(own.choices(tensor.layout), row))
      })
    let moved = rows.reduce(0) { $0 + $1.bytes }
    let fixed = baseline.tensorBytes - moved
    let all = Self.bytes(budget, baseline)
    guard all > fixed, let chosen = allocation.choose(within: all - fixed) else {
      let least = allocation.candidates.reduce(fixed) { $0 + ($1.choices.first?.bytes ?? 0) }
      throw .model(
        ModelError(
          .invalidRequest, "budget",
          "the smallest encodings that may be chosen take \(least) bytes, and \(all) are allowed",
          hint: "--minimum-types and --keep raise the least size"))
    }
    var result = Result(base: nearest(all))
    result.choices = zip(rows, chosen).map { ($0.name.text, $1) }
    result.predicted = chosen.reduce(0) { $0 + $1.divergence }
    result.frontier = allocation.frontier(25).map {
      .init(bytes: $0.bytes + fixed, divergence: $0.divergence)
    }
    let grouped = RecipeText(
      baseline.rows.map { row in
        let choice = zip(rows, chosen).first { $0.0.name == row.name }?.1
        return (row.name.text, choice?.encoding ?? row.encoding, row.sourceEncoding)
      })
    result.rules = try grouped.rules()
    result.recipe = grouped.text(base: result.base, budget: all)
    return result
  }

  /// Choices that the request allows for a tensor.
  private func allowed(
    _ choices: [Allocation.Choice], _ row: ConversionPlan.Row
  ) -> [Allocation.Choice] {
    let least = request.minimumTypes.filter { $0.matches(row.name.text) }.map(
      \.encoding.bitsPerElement
    )
    .max()
    let fitting = choices.filter { $0.encoding.bitsPerElement >= least ?? 0 }
    return fitting.isEmpty ? Array(choices.suffix(1)) : fitting
  }

  /// The recipe that comes closest in size: it names the file's type.
  private func nearest(_ bytes: UInt64) -> Recipe {
    if case .recipe(let recipe) = request.budget { return recipe }
    let bits = Double(bytes) * 8 / Double(max(1, baseline.model.elementCount))
    let known: [(Recipe, Double)] = [
      (.q2_K, 2.9), (.q3_K_S, 3.45), (.q3_K_M, 3.9), (.q4_K_S, 4.6), (.q4_K_M, 4.85),
      (.q5_K_S, 5.55), (.q5_K_M, 5.7), (.q6_K, 6.6), (.q8_0, 8.5),
    ]
    return known.min { abs($0.1 - bits) < abs($1.1 - bits) }?.0 ?? .q4_K_M
  }
}
