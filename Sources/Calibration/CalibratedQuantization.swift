package import WeighbridgeByteIO
package import WeighbridgeConversion
package import WeighbridgeEncodings
package import WeighbridgeInference
package import WeighbridgeModelIR

/// Encodes the matrices of a plan by error feedback, a layer at a time, as a text walks through the
/// model that it was made of.
///
/// Memory is that of one layer's moments and of one matrix, with the hidden states of the text. What is
/// encoded is held; everything else of the plan stays as it is.
package struct CalibratedQuantization {
  /// What became of a tensor.
  package struct Outcome: Sendable {
    package let name: ByteString
    package let encoding: Encoding
    /// tr(E H Eᵀ) / rows of what was written.
    package var loss = 0.0
    /// The same of what the plan's own encoder gives.
    package var plainLoss = 0.0
    /// Matrices of which the plan's own encoding was better and was kept.
    package var kept = 0
    /// Matrices.
    package var parts = 0
  }

  /// The model whose weights are encoded, under GGUF's names.
  let reference: Model
  let plan: ConversionPlan
  let effort: Effort
  let fisher: FisherStatistics?
  let options: InferenceOptions
  /// What keeps the blocks for a later run; nil where they are only for this one.
  let journal: CalibrationJournal?

  /// Prepares; `fisher` weighs tokens for efforts that use it, and gives embeddings their metric.
  package init(
    _ plan: ConversionPlan, of reference: Model, effort: Effort, fisher: FisherStatistics?,
    options: InferenceOptions, journal: CalibrationJournal? = nil
  ) {
    self.journal = journal
    self.reference = reference
    self.plan = plan
    self.effort = effort
    self.fisher = fisher
    self.options = options
  }

  /// Walks and encodes.
  package func run(
    on data: CalibrationData
  ) throws(InferenceError) -> (plan: ConversionPlan, outcomes: [Outcome]) {
    let decoder = try Decoder(reference)
    let encoder = try TensorEncoder(self, stage: 0)
    let layers = decoder.layerCount
    var layer = 0
    try data.forLayers(of: decoder, weighedBy: fisher, "calibrating", options) {
      (moments) throws(InferenceError) in
      try encoder.encode(layer < layers ? moments : withEmbedding(moments))
      layer += 1
    }
    return (plan.replacing(encoder.payloads), encoder.outcomes)
  }

  /// Gives token embeddings their metric: how much the loss feels their elements, and where they serve as
  /// the head as well, both in proportion.
  func withEmbedding(_ moments: [MatrixKey: Moments]) -> [MatrixKey: Moments] {
    guard let fisher, let embedding = fisher.embedding else { return moments }
    let key = MatrixKey("token_embd.weight")
    var result = moments
    if let head = moments[key] {
      guard head.columns == embedding.columns else { return moments }
      // Moments of weighed tokens hold the scale already.
      let isWeighed = fisher.weighed.contains(key)
      let both = Moments(columns: head.columns)
      let scale = isWeighed ? 1 : fisher.scales[key] ?? 0
      both.blend(embedding, scale: fisher.meanFrequency / max(1, embedding.tokens))
      both.blend(head, scale: scale / max(1, head.tokens))
      result[key] = both.counted(1)
    } else {
      result[key] = embedding
    }
    return result
  }
}

/// Encodes matrices whose moments are known.
final class TensorEncoder {
  private(set) var payloads: [ByteString: any TensorPayload] = [:]
  private(set) var outcomes: [CalibratedQuantization.Outcome] = []
  private let work: CalibratedQuantization
  private let sources: [ByteString: Tensor]
  private let names: [ByteString]
  private let targets: [ByteString: Tensor]
  private let store: BlockStore
  private let stage: Int

  /// An encoder of the matrices of a plan; `stage` tells passes over the same matrices apart.
  init(_ work: CalibratedQuantization, stage: Int) throws(InferenceError) {
    self.work = work
    self.stage = stage
    store = try BlockStore(work.journal)
    var sources: [ByteString: Tensor] = [:]
    for tensor in work.reference.tensors { sources[tensor.name] = tensor }
    self.sources = sources
    names = work.plan.model.tensors.map(\.name)
    var targets: [ByteString: Tensor] = [:]
    for tensor in work.plan.model.tensors { targets[tensor.name] = tensor }
    self.targets = targets
  }

  /// Encodes every matrix of the plan that lies on a grid and has moments, in the plan's order; matrices
  /// that share moments share their factorization.
  ///
  /// Where the layers before have drifted, weights move to what suits that first.
  func encode(
    _ moments: [MatrixKey: Moments], drift: Moments? = nil
  ) throws(InferenceError) {
    var last: (moments: Moments, metric: Metric)?
    for name in names {
      guard let source = sources[name], let target = targets[name],
        let grid = Grid(target.layout.encoding), let rows = FloatRows(source.payload),
        target.layout.encoding != source.layout.encoding,
        let plain = FloatRows(target.payload)
      else { continue }
      let keys = moments.keys.filter { $0.tensor == name }.sorted { $0.part < $1.part }
      guard !keys.isEmpty else { continue }
      if let done = try store.found(target, stage) {
        payloads[name] = done.payload
        outcomes.append(done.outcome)
        continue
      }
      let layout = target.layout
      let dimensions = layout.shape.dimensions
      let parts = dimensions.count >= 3 ? dimensions[dimensions.count - 3] : 1
      let count = layout.rowCount / parts
      let blocks = Buffer<UInt8>(Int(clamping: layout.byteCount), repeating: 0)
      var outcome = CalibratedQuantization.Outcome(name: name, encoding: layout.encoding)
      for part in 0..<parts {
        let range = part * count..<(part + 1) * count
        guard let own = moments.shrunk(MatrixKey(name, part: part), among: keys),
          own.columns == layout.rowLength
        else {
          try copy(plain, range, to: blocks)
          continue
        }
        let metric: Metric
        if let last, last.moments === own {
          metric = last.metric
        } else {
          metric = Metric(own, workers: work.options.threads)
          last = (own, metric)
        }
        try encode(
          rows, plain, range, grid, metric, parts == 1 ? MatrixKey(name) : nil, drift, into: blocks,
          &outcome)
      }
      payloads[name] = try store.keep(
        blocks.array(0..<blocks.count), layout, outcome, stage)
      outcomes.append(outcome)
    }
  }

  private func encode(
    _ source: FloatRows, _ plain: FloatRows, _ range: Range<Int>, _ grid: Grid, _ metric: Metric,
    _ key: MatrixKey?, _ drift: Moments?, into blocks: Buffer<UInt8>,
    _ outcome: inout CalibratedQuantization.Outcome
  ) throws(InferenceError) {
    let workers = work.options.threads
    let weights = try read(source, range)
    if let drift {
      MovedTarget(metric, drift, workers: workers).apply(to: weights, rows: range.count)
    }
    let quantizer = FeedbackQuantizer(
      grid: grid, metric: metric, effort: work.effort, workers: workers)
    let result = quantizer.quantize(weights, rows: range.count)
    if work.effort.refinements > 0, let key, let outputs = work.fisher?.outputs[key],
      outputs.columns == range.count
    {
      RowRefinement(quantizer, outputs).refine(weights, result, passes: work.effort.refinements)
    }
    let loss = metric.loss(weights, result.values, rows: range.count, workers: workers)
    let other = metric.loss(
      weights, try read(plain, range), rows: range.count, workers: workers)
    outcome.parts += 1
    outcome.plainLoss += other / Double(range.count)
    if loss <= other {
      outcome.loss += loss / Double(range.count)
      let size = plain.payload.layout.bytesPerRow
      quantizer.forRows(range.count) { rows in
        for row in rows {
          result.pack(row: row, into: blocks, at: (range.lowerBound + row) * size)
        }
      }
    } else {
      outcome.kept += 1
      outcome.loss += other / Double(range.count)
      try copy(plain, range, to: blocks)
    }
  }

  /// Rows as floats.
  private func read(_ source: FloatRows, _ range: Range<Int>) throws(InferenceError) -> Buffer<
    Float
  > {
    let width = source.rowLength
    let result = Buffer<Float>(range.count * width, repeating: 0)
    let size = FeedbackQuantizer.rowsPerJob
    do {
      try Workers.run(
        (range.count + size - 1) / size, on: work.options.threads, scratch: { PayloadScratch() }
      ) { (scratch, job) throws(FormatError) in
        let rows = job * size..<min(range.count, (job + 1) * size)
        let from = range.lowerBound + rows.lowerBound..<range.lowerBound + rows.upperBound
        try result.withSpan(rows.lowerBound * width..<rows.upperBound * width) {
          (span) throws(FormatError) in
          try source.read(rows: from, into: &span, scratch: &scratch)
        }
      }
    } catch { throw .format(error) }
    return result
  }

  /// Rows as the plan's own encoder gives them.
  private func copy(
    _ plain: FloatRows, _ range: Range<Int>, to blocks: Buffer<UInt8>
  ) throws(InferenceError) {
    let size = plain.payload.layout.bytesPerRow
    do {
      try blocks.withSpan(range.lowerBound * size..<range.upperBound * size) {
        (span) throws(FormatError) in
        var raw = unsafe span.mutableBytes
        try plain.payload.read(rows: range, into: &raw)
      }
    } catch { throw .format(error) }
  }
}
