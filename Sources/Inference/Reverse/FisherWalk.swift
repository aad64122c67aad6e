internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Walks a text forward and back, to see how much the model's own predictions feel every matrix.
///
/// For every token a label is drawn from what the model predicts, so that E[g gᵀ] of the gradients of
/// −ln p(label) is the Fisher information: the curvature of the Kullback–Leibler divergence from the
/// model. Hidden states are kept at the borders of layers, and a layer is recomputed in reverse.
package struct FisherWalk {
  private let decoder: Decoder
  private let options: InferenceOptions
  private let seed: UInt64
  /// Whether Σ g gᵀ of each matrix's output is collected where it fits into the memory.
  private let collectsOutputs: Bool

  /// Why a model has no reverse: the layer and the reason; nil where it has one.
  package static func obstacle(_ decoder: Decoder) -> String? {
    guard decoder.head != nil, decoder.description.isCausal else {
      return "the model does not predict tokens"
    }
    if decoder.encoder != nil { return "attention over another text has no reverse yet" }
    if decoder.embeddingNorm != nil { return "normalized embeddings have no reverse" }
    for (index, layer) in decoder.layers.enumerated() {
      if let reason = LayerReverse.obstacle(layer) { return "layer \(index): \(reason)" }
    }
    return nil
  }

  /// A walk through a model that has a reverse.
  package init(
    _ decoder: Decoder, seed: UInt64 = 1, collectsOutputs: Bool = false,
    options: InferenceOptions
  ) {
    precondition(Self.obstacle(decoder) == nil)
    self.decoder = decoder
    self.seed = seed
    self.collectsOutputs = collectsOutputs
    self.options = options
  }

  /// Collects the statistics of a text.
  package func run(on windows: TokenWindows) throws(InferenceError) -> FisherStatistics {
    try decoder.check(windows)
    let sums = FisherSums(decoder, windows, collectsOutputs: collectsOutputs, options)
    let together = batchSize(windows)
    let length = windows.windows.map { $0.count }.max() ?? 1
    let space = Workspace([decoder], windows: together, length: length, options)
    let walk = DecoderWalk(decoder, space, workers: options.threads)
    options.progress.begin("gradients", total: UInt64(windows.tokenCount), unit: .tokens)
    defer { options.progress.end() }
    var first = 0
    for start in stride(from: 0, to: windows.windows.count, by: together) {
      let batch = Array(windows.windows[start..<min(start + together, windows.windows.count)])
      let count = batch.reduce(0) { $0 + $1.count }
      try reading { () throws(FormatError) in _ = try pass(batch, walk, sums, from: first) }
      first += count
      options.progress.advance(by: UInt64(count))
    }
    guard sums.isFinite else {
      throw .model(
        ModelError(
          .nonFiniteValue, decoder.description.architecture,
          "the gradients of the text are not finite"))
    }
    return sums.statistics
  }

  /// Windows that walk together: their states at all borders, and the gradients at a layer's matrices.
  private func batchSize(_ windows: TokenWindows) -> Int {
    let length = windows.windows.map { $0.count }.max() ?? 1
    let widest = decoder.layers.map { $0.commonLinears.reduce(0) { $0 + $1.outputs } }.max() ?? 0
    let columns = (decoder.layers.count + 4) * decoder.description.width + 4 * widest
    let bytes = 4 * length * max(1, columns)
    return max(1, min(windows.windows.count, Int(clamping: options.memory) / 3 / bytes))
  }

  /// Walks a batch; the gradient at what the embeddings give, [tokens, width].
  func pass(
    _ batch: [[Int32]], _ walk: DecoderWalk, _ sums: FisherSums, from first: Int
  ) throws(FormatError) -> Matrix {
    try walk.start(batch)
    var borders = [walk.hidden.copied]
    for layer in decoder.layers.indices {
      try walk.pass(layer)
      borders.append(walk.hidden.copied)
    }
    let gradient = try reverseHead(borders[decoder.layers.count], walk, sums, from: first)
    for layer in decoder.layers.indices.reversed() {
      let weights = decoder.layers[layer]
      let reverse = try LayerReverse(weights, walk, workers: options.threads)
      let (input, ranges) = (borders[layer], walk.ranges)
      let store = GradientStore(ranges, weights.commonLinears, experts: weights.expertLinears)
      Workers.run(ranges.count, on: options.threads, scratch: { 0 }) { (_, window) in
        let rows = ranges[window]
        reverse.reverse(input.rows(rows), gradient.rows(rows), store, first: rows.lowerBound)
      }
      sums.add(store, from: first, workers: options.threads)
    }
    let own = gradient.copied
    own.scale(by: decoder.description.embedding.scale)
    sums.addEmbedding(own, workers: options.threads)
    return gradient
  }

  /// The gradient at the last hidden states, [tokens, width].
  private func reverseHead(
    _ states: Matrix, _ walk: DecoderWalk, _ sums: FisherSums, from first: Int
  ) throws(FormatError) -> Matrix {
    let head = try HeadReverse(decoder, workers: options.threads)
    let result = Matrix.zeros(states.rows, states.columns)
    let own = Matrix.zeros(1, states.rows)
    let seed = seed
    HeadReverse.forJobs(states.rows, workers: options.threads) { rows in
      let part = states.rows(rows)
      let gradient = head.gradient(head.final(part)) { logits in
        logits.drawLabels { Self.uniform(seed, first + rows.lowerBound + $0) }
      }
      for row in rows { own[0, row] = gradient.meanSquare(row: row - rows.lowerBound) }
      head.reverse(gradient, part, into: result.rows(rows))
    }
    sums.addHead(own, from: first)
    return result
  }

  /// A number in [0, 1) for a token of the text: SplitMix64 of its place.
  static func uniform(_ seed: UInt64, _ place: Int) -> Double {
    var z = seed &* 0xD1B5_4A32_D192_ED03 &+ UInt64(place + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Double(z >> 11) * 0x1p-53
  }
}
