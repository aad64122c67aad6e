internal import Architectures
internal import ByteIO
internal import ModelIR

/// Several models on their way through one text, layer by layer, batch of windows by batch.
///
/// The first is the reference of the others: hidden states are compared after each layer, and
/// predictions at the end, so nothing of either needs to be stored.
struct JointWalk {
  /// All models' scores of every scored token, in the order of the text.
  private(set) var scores: [[TokenScore]]
  /// For each model and each layer: Σ (h − reference's h)² and Σ reference's h².
  private(set) var errors: [[(difference: Double, norm: Double)]]

  private let decoders: [Decoder]
  private let options: InferenceOptions

  /// Checks that the models can be compared and that the windows fit them.
  init(
    _ decoders: [Decoder], _ windows: TokenWindows, _ options: InferenceOptions
  ) throws(InferenceError) {
    self.decoders = decoders
    self.options = options
    scores = decoders.map { _ in [] }
    errors = decoders.map { decoder in decoder.layers.map { _ in (0, 0) } }
    for decoder in decoders {
      guard decoder.head != nil, decoder.description.isCausal else {
        throw .model(
          ModelError(
            .invalidRequest, decoder.description.architecture,
            "a model that does not predict the next token has no perplexity"))
      }
      try decoder.check(windows)
      try JointWalk.requireOneVocabulary(decoders[0], decoder)
    }
  }

  private static func requireOneVocabulary(
    _ reference: Decoder, _ other: Decoder
  ) throws(InferenceError) {
    let sizes = (reference.description.vocabularySize, other.description.vocabularySize)
    let same =
      reference.vocabulary == nil || other.vocabulary == nil
      || reference.vocabulary == other.vocabulary
    guard sizes.0 == sizes.1, same else {
      let what = sizes.0 == sizes.1 ? "other tokens" : "\(sizes.1) tokens, not \(sizes.0)"
      throw .model(
        ModelError(
          .invalidRequest, "tokenizer.ggml.tokens",
          "predictions can be compared on one vocabulary only; this model has \(what)"))
    }
  }

  /// Walks through all windows.
  mutating func run(_ windows: TokenWindows, activity: String) throws(InferenceError) {
    useOneBLASThreadPerWorker()
    let length = windows.windows.map { $0.count }.max() ?? 1
    let perToken = Workspace.bytesPerToken(decoders)
    let fitting = Int(clamping: options.memory) / max(1, perToken * length)
    let together = max(1, min(fitting, windows.windows.count))
    let space = Workspace(decoders, tokens: together * length)
    let walks = decoders.map { DecoderWalk($0, space, workers: options.threads) }
    let scan = HeadScan(decoders, workers: options.threads, pool: space.pool)
    options.progress.begin(activity, total: UInt64(windows.tokenCount), unit: .tokens)
    for start in stride(from: 0, to: windows.windows.count, by: together) {
      let batch = Array(
        windows.windows[start..<min(start + together, windows.windows.count)])
      do { try pass(batch, windows.scored, walks, scan) } catch { throw .format(error) }
    }
    options.progress.end()
  }

  private mutating func pass(
    _ batch: [[Int32]], _ scored: Range<Int>, _ walks: [DecoderWalk], _ scan: HeadScan
  ) throws(FormatError) {
    let tokens = batch.reduce(0) { $0 + $1.count }
    let layers = walks.map { $0.decoder.layers.count }.max() ?? 0
    var told = 0
    func tell(_ part: Int) {
      // The head counts as one more layer.
      let now = tokens * part / (layers + 1)
      options.progress.advance(by: UInt64(now - told))
      told = now
    }
    for walk in walks { try walk.start(batch) }
    for layer in 0..<layers {
      for walk in walks where layer < walk.decoder.layers.count { try walk.pass(layer) }
      for model in walks.indices.dropFirst() { compare(walks[0], walks[model], model, layer) }
      tell(layer + 1)
    }
    var rows: [Int] = []
    var targets: [Int32] = []
    for (window, range) in zip(batch, walks[0].ranges) {
      for position in scored where position + 1 < window.count {
        rows.append(range.lowerBound + position)
        targets.append(window[position + 1])
      }
    }
    let states = walks.map { $0.finalStates(of: rows) }
    for (model, part) in try scan.scores(states, targets: targets).enumerated() {
      scores[model] += part
    }
    tell(layers + 1)
  }

  /// Adds a layer's errors, where both models have it in one width.
  private mutating func compare(
    _ reference: DecoderWalk, _ walk: DecoderWalk, _ model: Int, _ layer: Int
  ) {
    let (expected, actual) = (reference.hidden, walk.hidden)
    guard expected.columns == actual.columns, layer < errors[model].count,
      layer < errors[0].count
    else { return }
    let differences = SharedBuffer<Double>(count: actual.rows, repeating: 0)
    let norms = SharedBuffer<Double>(count: actual.rows, repeating: 0)
    walk.forRows(actual.rows) { rows in
      for row in rows {
        let (difference, norm) = actual.rows(row..<row + 1)
          .squaredDifference(row: 0, expected.rows(row..<row + 1))
        differences[row] = difference
        norms[row] = norm
      }
    }
    errors[model][layer].difference += differences.array.reduce(0, +)
    errors[model][layer].norm += norms.array.reduce(0, +)
  }
}
