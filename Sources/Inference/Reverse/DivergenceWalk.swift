internal import CWeighbridgeKernels
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The gradient of a loss at a matrix of weights, [rows, columns]; at the logarithms of a norm's, [1, columns].
package struct WeightGradient: Sendable {
  let values: Matrix

  package var rows: Int { values.rows }
  package var columns: Int { values.columns }

  /// A row's numbers.
  @unsafe package func withRow<Result>(
    _ row: Int, _ body: (UnsafePointer<Float>) -> Result
  ) -> Result { unsafe body(values.pointer(row: row)) }
}

/// Walks windows through a model and through what was made of it, and back through the latter: how the
/// divergence between their predictions feels each weight.
package struct DivergenceWalk {
  private let reference: Decoder
  private let options: InferenceOptions
  private let space: Workspace

  /// A walk for batches of so many windows; the model has a reverse.
  package init(
    _ reference: Decoder, windows: Int, length: Int, options: InferenceOptions
  ) {
    precondition(FisherWalk.obstacle(reference) == nil)
    self.reference = reference
    self.options = options
    space = Workspace([reference], windows: windows, length: length, options)
  }

  /// Gives the gradient of the mean divergence at the weights of each matrix that all tokens meet, from
  /// the head to the embeddings, and at those of norms; a matrix that serves twice is met twice.
  package func run(
    _ encoded: Decoder, on batch: [[Int32]], _ body: (MatrixKey, WeightGradient) -> Void
  ) throws(InferenceError) {
    try reading { () throws(FormatError) in try pass(encoded, batch, body) }
  }

  private func pass(
    _ encoded: Decoder, _ batch: [[Int32]], _ body: (MatrixKey, WeightGradient) -> Void
  ) throws(FormatError) {
    let own = DecoderWalk(reference, space, workers: options.threads)
    try own.start(batch)
    for layer in reference.layers.indices { try own.pass(layer) }
    let expected = own.hidden.copied
    let walk = DecoderWalk(encoded, space, workers: options.threads)
    try walk.start(batch)
    var borders = [walk.hidden.copied]
    for layer in encoded.layers.indices {
      try walk.pass(layer)
      borders.append(walk.hidden.copied)
    }
    let gradient = try reverseHead(encoded, expected, borders[encoded.layers.count], body)
    for layer in encoded.layers.indices.reversed() {
      let weights = encoded.layers[layer]
      let inputs = LayerInputs()
      walk.resume(batch, from: borders[layer])
      walk.observer = inputs
      try walk.pass(layer)
      walk.observer = nil
      let reverse = try LayerReverse(weights, walk, workers: options.threads)
      let ranges = walk.ranges
      let store = GradientStore(
        ranges, weights.commonLinears, experts: weights.expertLinears, norms: weights.norms)
      let input = borders[layer]
      Workers.run(ranges.count, on: options.threads, scratch: { 0 }) { (_, window) in
        let rows = ranges[window]
        reverse.reverse(input.rows(rows), gradient.rows(rows), store, first: rows.lowerBound)
      }
      for (linear, values) in store.gradients {
        guard let name = linear.tensor, let seen = inputs.seen[name], linear.parts == 1 else {
          continue
        }
        body(MatrixKey(name), product(values, seen))
      }
      for (name, sums) in store.norms {
        let sum = Matrix.zeros(1, sums.columns)
        for window in 0..<sums.rows { sum.add(sums.rows(window..<window + 1)) }
        body(MatrixKey(name), WeightGradient(values: sum))
      }
    }
    reverseEmbedding(encoded, gradient, batch.flatMap { $0 }, body)
  }

  /// The transposed gradient × the input.
  private func product(_ gradient: Matrix, _ input: Matrix) -> WeightGradient {
    let result = Matrix.zeros(gradient.columns, input.columns)
    let step = 64
    let count = result.rows
    Workers.run((count + step - 1) / step, on: options.threads, scratch: { 0 }) { (_, job) in
      let rows = job * step..<min(count, (job + 1) * step)
      result.rows(rows).add(transposed: gradient.columns(rows), times: input)
    }
    return WeightGradient(values: result)
  }

  private func reverseHead(
    _ encoded: Decoder, _ expected: Matrix, _ states: Matrix,
    _ body: (MatrixKey, WeightGradient) -> Void
  ) throws(FormatError) -> Matrix {
    let other = try HeadReverse(reference, workers: options.threads)
    let head = try HeadReverse(encoded, workers: options.threads)
    let final = head.final(states)
    let logits = Matrix.zeros(states.rows, head.linear.linear.outputs)
    let result = Matrix.zeros(states.rows, states.columns)
    let inner = Matrix.zeros(states.rows, states.columns)
    let share = 1 / Float(max(1, states.rows))
    HeadReverse.forJobs(states.rows, workers: options.threads) { rows in
      let wanted = other.logits(other.final(expected.rows(rows)))
      let gradient = head.gradient(final.rows(rows)) { $0.divergenceGradient(from: wanted, share) }
      logits.rows(rows).copy(gradient)
      inner.rows(rows).copy(
        head.reverse(gradient, states.rows(rows), into: result.rows(rows)))
    }
    if let norm = encoded.outputNorm, let name = norm.tensor, norm.bias == nil {
      let sum = Matrix.zeros(1, states.columns)
      sum.addProducts(final, inner)
      body(MatrixKey(name), WeightGradient(values: sum))
    }
    if let name = head.linear.linear.tensor { body(MatrixKey(name), product(logits, final)) }
    return result
  }

  private func reverseEmbedding(
    _ encoded: Decoder, _ gradient: Matrix, _ tokens: [Int32],
    _ body: (MatrixKey, WeightGradient) -> Void
  ) {
    let result = Matrix.zeros(encoded.description.vocabularySize, gradient.columns)
    for (row, token) in tokens.enumerated() {
      let place = Int(token)
      result.rows(place..<place + 1)
        .add(gradient.rows(row..<row + 1), scale: encoded.description.embedding.scale)
    }
    body(MatrixKey("token_embd.weight"), WeightGradient(values: result))
  }
}

/// Keeps what a layer's matrices are multiplied with.
private final class LayerInputs: InputObserver {
  private(set) var seen: [ByteString: Matrix] = [:]

  func observe(_ input: Matrix, _ weights: [Linear], workers: Int) {
    let own = weights.filter { $0.tensor != nil && $0.parts == 1 && $0.inputs == input.columns }
    guard !own.isEmpty else { return }
    let copy = input.copied
    for linear in own {
      if let name = linear.tensor { seen[name] = copy }
    }
  }
}

extension Matrix {
  /// Turns logits into the gradient of the divergence from others, × `share`.
  fileprivate func divergenceGradient(from wanted: Matrix, _ share: Float) {
    let options = inference_softmax_options()
    for row in 0..<rows {
      softmax(row: row, keys: 0..<columns, query: 0, options)
      wanted.softmax(row: row, keys: 0..<columns, query: 0, options)
    }
    add(wanted, scale: -1)
    scale(by: share)
  }
}
