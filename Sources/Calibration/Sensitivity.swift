internal import WeighbridgeArchitectures
package import WeighbridgeByteIO
internal import WeighbridgeConversion
package import WeighbridgeEncodings
package import WeighbridgeInference
package import WeighbridgeModelIR

/// What encoding a tensor would add to the divergence, in each encoding that its rows can hold.
package struct Sensitivity: Sendable {
  /// The tensor.
  package let name: ByteString
  /// The encoding that was measured.
  package let probe: Encoding
  /// What it adds to the divergence in that encoding.
  package let divergence: Double

  /// What it would add in other encodings.
  func choices(_ layout: TensorLayout) -> [Allocation.Choice] {
    TypeCosts.ratios(rowLength: layout.rowLength).compactMap { encoding, ratio in
      guard let other = TensorLayout(layout.shape, encoding) else { return nil }
      return Allocation.Choice(
        encoding: encoding, bytes: other.byteCount, divergence: divergence * ratio)
    }
  }
}

/// Measures sensitivities: some rows of every matrix are encoded under feedback, and their error is
/// weighed by the Fisher information, or measured where there is none.
package struct SensitivityProbe {
  private let reference: Model
  private let names: Set<ByteString>
  private let fisher: FisherStatistics?
  private let options: InferenceOptions

  /// Rows of a matrix that are encoded.
  private static let rows = 96

  /// Prepares to measure some tensors.
  package init(
    _ reference: Model, names: Set<ByteString>, fisher: FisherStatistics?,
    options: InferenceOptions
  ) {
    self.reference = reference
    self.names = names
    self.fisher = fisher
    self.options = options
  }

  /// Measures on a text; those that are not met there are left out.
  package func run(on data: CalibrationData) throws(InferenceError) -> [ByteString: Sensitivity] {
    var result: [ByteString: Sensitivity] = [:]
    try data.forLayers(of: try Decoder(reference), weighedBy: fisher, "probing", options) {
      (moments) throws(InferenceError) in
      try measure(moments, data.windows, into: &result)
    }
    try measureEmbedding(into: &result)
    return result
  }

  private func measure(
    _ moments: [MatrixKey: Moments], _ windows: TokenWindows,
    into result: inout [ByteString: Sensitivity]
  ) throws(InferenceError) {
    for tensor in reference.tensors where names.contains(tensor.name) {
      let keys = moments.keys.filter { $0.tensor == tensor.name }.sorted { $0.part < $1.part }
      guard !keys.isEmpty, let rows = FloatRows(tensor.payload),
        let probe = TypeCosts.probe(rowLength: rows.rowLength)
      else { continue }
      let layout = tensor.layout
      let parts = layout.matrixCount
      let count = layout.rowCount / parts
      var sum = 0.0
      for key in keys {
        // Statistics of a file may name any part.
        guard key.part < parts, let own = moments.shrunk(key, among: keys),
          own.columns == rows.rowLength, own.tokens > 0
        else { continue }
        let sample = Self.evenly(count, Self.rows).map { key.part * count + $0 }
        let loss = try loss(rows, sample, own, probe) * Double(count) / Double(sample.count)
        // Weighed moments hold the scale already.
        let isWeighed = fisher?.weighed.contains(key) ?? false
        sum += 0.5 * loss * (isWeighed ? 1 : fisher?.scales[key] ?? 1)
      }
      if let fisher {
        guard keys.contains(where: { fisher.scales[$0] != nil }) else { continue }
        result[tensor.name] = Sensitivity(name: tensor.name, probe: probe, divergence: sum)
      } else {
        result[tensor.name] = try measured(tensor, moments, probe, windows)
      }
    }
  }

  /// Σ over sampled rows of (w − v) H (w − v)ᵀ.
  private func loss(
    _ source: FloatRows, _ rows: [Int], _ moments: Moments, _ probe: Encoding
  ) throws(InferenceError) -> Double {
    guard let grid = Grid(probe) else { return 0 }
    let metric = Metric(moments, workers: options.threads)
    let weights = Buffer<Float>(rows.count * source.rowLength, repeating: 0)
    do {
      var scratch = PayloadScratch()
      for (index, row) in rows.enumerated() {
        try weights.withSpan(index * source.rowLength..<(index + 1) * source.rowLength) {
          (span) throws(FormatError) in
          try source.read(rows: row..<row + 1, into: &span, scratch: &scratch)
        }
      }
    } catch { throw .format(error) }
    let quantizer = FeedbackQuantizer(
      grid: grid, metric: metric, effort: .fast, workers: options.threads)
    let result = quantizer.quantize(weights, rows: rows.count)
    return metric.loss(weights, result.values, rows: rows.count, workers: options.threads)
  }

  /// Rows of an embedding are felt as often as their tokens occur: they are sampled by that.
  private func measureEmbedding(
    into result: inout [ByteString: Sensitivity]
  ) throws(InferenceError) {
    let name: ByteString = "token_embd.weight"
    guard names.contains(name), let fisher, let moments = fisher.embedding,
      let tensor = reference.tensor(named: name), let rows = FloatRows(tensor.payload),
      let probe = TypeCosts.probe(rowLength: rows.rowLength), moments.columns == rows.rowLength,
      fisher.frequencies.count <= tensor.layout.rowCount
    else { return }
    let sample = Self.byShare(fisher.frequencies, 2 * Self.rows)
    guard !sample.isEmpty else { return }
    let own = 0.5 * (try loss(rows, sample, moments, probe)) / Double(sample.count)
    let other = result[name]?.divergence ?? 0
    result[name] = Sensitivity(name: name, probe: probe, divergence: own + other)
  }

  /// The divergence that one tensor adds, encoded alone, on a few windows.
  private func measured(
    _ tensor: Tensor, _ moments: [MatrixKey: Moments], _ probe: Encoding, _ windows: TokenWindows
  ) throws(InferenceError) -> Sensitivity? {
    guard let plan = ConversionPlan.single(tensor, as: probe, in: reference) else { return nil }
    let work = CalibratedQuantization(
      plan, of: reference, effort: .fast, fisher: nil, options: options)
    let encoder = try TensorEncoder(work, stage: 0)
    try encoder.encode(moments)
    let few = TokenWindows(
      windows: Array(windows.windows.prefix(4)), scored: windows.scored)
    let found = try Comparison.measure(
      [Decoder(plan.replacing(encoder.payloads).model)], against: Decoder(reference), on: few,
      options: options)
    return Sensitivity(
      name: tensor.name, probe: probe, divergence: max(0, found.first?.divergence.value ?? 0))
  }

  /// At most `limit` places of `count`, evenly spread.
  private static func evenly(_ count: Int, _ limit: Int) -> [Int] {
    let taken = min(count, limit)
    return (0..<taken).map { ($0 * count + count / 2) / taken }.map { min($0, count - 1) }
  }

  /// Places at equal steps of the running sum of shares.
  private static func byShare(_ shares: [Double], _ count: Int) -> [Int] {
    let all = shares.reduce(0, +)
    guard all > 0 else { return [] }
    var result: [Int] = []
    var sum = 0.0
    for (index, share) in shares.enumerated() {
      sum += share
      let reached = sum / all * Double(count)
      while result.count < count, Double(result.count) + 0.5 < reached { result.append(index) }
    }
    return result
  }
}

extension TensorLayout {
  /// Matrices that are stacked in the tensor.
  var matrixCount: Int {
    let dimensions = shape.dimensions
    return dimensions.count >= 3 ? dimensions[dimensions.count - 3] : 1
  }
}
