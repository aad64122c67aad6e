internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Several models on their way through one text, layer by layer, batch of windows by batch.
///
/// The first is the reference of the others: hidden states are compared after each layer, and
/// predictions at the end, so nothing of either needs to be stored. In the last layer only tokens that
/// are scored go on once they have seen the others; errors after it are theirs.
struct JointWalk {
  /// All models' scores of every scored token, in the order of the text.
  private(set) var scores: [[TokenScore]]
  /// For each model and each layer: Σ (h − reference's h)² and Σ reference's h².
  private(set) var errors: [[(difference: Double, norm: Double)]]
  /// How the windows are cut into batches.
  let plan: WalkPlan

  private let decoders: [Decoder]
  /// A stored reference, which has scores but does not walk.
  private let baseline: Baseline?
  private let recorder: (any BaselineRecorder)?
  private let options: InferenceOptions
  /// The first layer of each model after which a hidden state was not finite.
  private var broken: [Int?]

  /// Checks that the models can be compared and that the windows fit them and the memory.
  init(
    _ decoders: [Decoder], against baseline: Baseline? = nil, _ windows: TokenWindows,
    _ options: InferenceOptions, recorder: (any BaselineRecorder)? = nil
  ) throws(InferenceError) {
    self.decoders = decoders
    self.baseline = baseline
    self.recorder = recorder
    self.options = options
    scores = [[TokenScore]](repeating: [], count: decoders.count + (baseline == nil ? 0 : 1))
    errors = decoders.map { decoder in decoder.layers.map { _ in (0, 0) } }
    broken = decoders.map { _ in nil }
    for decoder in decoders {
      try decoder.requireOneText(for: "perplexity")
      guard decoder.head != nil, decoder.description.isCausal else {
        throw .model(
          ModelError(
            .invalidRequest, decoder.description.architecture,
            "a model that does not predict the next token has no perplexity"))
      }
      try decoder.check(windows)
      try decoders[0].requireSameVocabulary(as: decoder)
      try baseline?.requireSameVocabulary(as: decoder)
    }
    plan = try WalkPlan(decoders, on: windows, against: baseline, options: options)
  }

  /// Walks through all windows.
  mutating func run(_ windows: TokenWindows, activity: String) throws(InferenceError) {
    let space = Workspace(
      decoders, windows: plan.windowsPerBatch, length: plan.windowTokens, options)
    let walks = decoders.map { DecoderWalk($0, space, workers: options.threads) }
    let heads = (baseline.map { [OutputHead($0)] } ?? []) + decoders.compactMap { OutputHead($0) }
    let scan = HeadScan(heads, workers: options.threads, space)
    options.progress.begin(activity, total: UInt64(windows.tokenCount), unit: .tokens)
    options.profile?.begin()
    defer {
      options.profile?.end(tokens: windows.tokenCount * decoders.count)
      options.progress.end()
    }
    for start in stride(from: 0, to: windows.windows.count, by: plan.windowsPerBatch) {
      let end = min(start + plan.windowsPerBatch, windows.windows.count)
      let batch = Array(windows.windows[start..<end])
      let positions = (start..<end).map { windows.positions(of: $0) }
      do { try pass(batch, positions, walks, scan) } catch { throw .format(error) }
      try check()
      if end < windows.windows.count { tell(end) }
    }
  }

  /// What is known after some of the windows, as llama-perplexity prints it.
  private func tell(_ windows: Int) {
    let values = scores.map { Estimate.mean(of: $0.map(\.negativeLogLikelihood)).value }
    let texts = values.prefix(3).map { "\(rounded(exp($0)))" }
    options.progress.figure("perplexity \(texts.joined(separator: ", ")) after \(windows) windows")
  }

  /// Four digits say enough of what is not over.
  private func rounded(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return value }
    var scale = 1.0
    while value * scale < 1000, scale < 1e6 { scale *= 10 }
    return (value * scale).rounded() / scale
  }

  private mutating func pass(
    _ batch: [[Int32]], _ positions: [[Int]], _ walks: [DecoderWalk], _ scan: HeadScan
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
    let (rows, targets) = JointWalk.scoredRows(batch, positions, walks[0].ranges)
    for layer in 0..<layers {
      for (model, walk) in walks.enumerated() where layer < walk.decoder.layers.count {
        let isLast = layer == walk.decoder.layers.count - 1
        try walk.pass(layer, keeping: isLast ? rows : nil)
        if broken[model] == nil, !walk.isFinite { broken[model] = layer }
      }
      if baseline == nil {
        for model in walks.indices.dropFirst() { compare(walks[0], walks[model], model, layer) }
      }
      tell(layer + 1)
    }
    let first = scores[0].count
    var states: [Matrix] = []
    for walk in walks { states.append(try walk.finalStates()) }
    try recorder?.record(states: states[0].array, from: first)
    if let baseline { states.insert(try baseline.states(first, targets.count), at: 0) }
    for (model, part) in try scan.scores(states, targets: targets, from: first).enumerated() {
      scores[model] += part
    }
    tell(layers + 1)
  }

  /// Rows of the tokens whose successors are scored, and these successors.
  private static func scoredRows(
    _ batch: [[Int32]], _ positions: [[Int]], _ ranges: [Range<Int>]
  ) -> (rows: [Int], targets: [Int32]) {
    var rows: [Int] = []
    var targets: [Int32] = []
    for (index, window) in batch.enumerated() {
      for position in positions[index] where position + 1 < window.count {
        rows.append(ranges[index].lowerBound + position)
        targets.append(window[position + 1])
      }
    }
    return (rows, targets)
  }

  /// Proves that what was scored last are numbers.
  private func check() throws(InferenceError) {
    for (index, scores) in scores.enumerated() {
      guard scores.contains(where: { !$0.negativeLogLikelihood.isFinite }) else { continue }
      let model = index - (baseline == nil ? 0 : 1)
      guard model >= 0 else {
        throw .model(
          ModelError(.nonFiniteValue, "baseline", "the stored predictions are no probabilities"))
      }
      let place =
        broken[model].map { "hidden states after layer \($0) are not finite" }
        ?? "hidden states are finite, and logits are not"
      throw .model(
        ModelError(
          .nonFiniteValue, decoders[model].description.architecture,
          "the model predicts no probabilities: \(place)"))
    }
  }

  /// Adds a layer's errors, where both models have it in one width.
  private mutating func compare(
    _ reference: DecoderWalk, _ walk: DecoderWalk, _ model: Int, _ layer: Int
  ) {
    let (expected, actual) = (reference.hidden, walk.hidden)
    guard expected.columns == actual.columns, layer < errors[model].count,
      layer < errors[0].count
    else { return }
    // One of them may have come to its last layer, where only some tokens go on.
    let rows = walk.kept ?? reference.kept
    let own = walk.kept == nil ? rows : nil
    let others = reference.kept == nil ? rows : nil
    let count = rows?.count ?? actual.rows
    let differences = SharedBuffer<Double>(count: count, repeating: 0)
    let norms = SharedBuffer<Double>(count: count, repeating: 0)
    walk.forRows(count) { range in
      for index in range {
        let (row, other) = (own?[index] ?? index, others?[index] ?? index)
        let (difference, norm) = actual.rows(row..<row + 1)
          .squaredDifference(row: 0, expected.rows(other..<other + 1))
        differences[index] = difference
        norms[index] = norm
      }
    }
    errors[model][layer].difference += differences.array.reduce(0, +)
    errors[model][layer].norm += norms.array.reduce(0, +)
  }
}

extension Decoder {
  /// Throws unless another model's tokens are the same.
  package func requireSameVocabulary(as other: Decoder) throws(InferenceError) {
    try requireVocabulary(
      (description.vocabularySize, vocabulary),
      (other.description.vocabularySize, other.vocabulary))
  }
}

/// Throws unless sizes, and tokens where both are known, are the same.
func requireVocabulary(
  _ expected: (size: Int, tokens: MetadataValue?), _ found: (size: Int, tokens: MetadataValue?)
) throws(InferenceError) {
  let same = expected.tokens == nil || found.tokens == nil || expected.tokens == found.tokens
  guard expected.size == found.size, same else {
    let what =
      expected.size == found.size
      ? "other tokens" : "\(found.size) tokens, not \(expected.size)"
    throw .model(
      ModelError(
        .invalidRequest, "tokenizer.ggml.tokens",
        "predictions can be compared on one vocabulary only; this model has \(what)"))
  }
}

extension DecoderWalk {
  /// Whether the last token of every window, which sees the others, is still made of numbers.
  var isFinite: Bool {
    let hidden = hidden
    guard kept == nil else {
      return hidden.rows == 0 || hidden.rows(hidden.rows - 1..<hidden.rows).isFinite
    }
    return ranges.allSatisfy {
      $0.isEmpty || hidden.rows($0.upperBound - 1..<$0.upperBound).isFinite
    }
  }
}
