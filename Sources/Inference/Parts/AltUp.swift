internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Alternating updates, as in Gemma 3n: several streams of hidden states, of which a layer computes one
/// and moves the others after it.
///
/// The active stream is the walk's hidden states, the others are carried behind them. This is what
/// begins and ends a model; a layer's share is `AltUpLayer`.
struct AltUp: Sendable {
  /// Number of streams.
  let count: Int
  /// The stream that layers compute.
  let active: Int
  /// What makes all streams but the first of the embeddings.
  let begins: [Linear]
  /// What is made of them at the end.
  let ends: [Linear]

  /// Finds the parts; nil for a model without streams.
  init?(_ facts: DecoderFacts, _ weights: WeightTable) throws(InferenceError) {
    guard facts.has("altup_proj.weight") else { return nil }
    let sizes = try describing { () throws(ModelError) in
      let count = try facts.count("altup.num_inputs")
      let active = try facts.optionalCount("altup.active_idx") ?? 0
      guard (2...64).contains(count), active < count else {
        throw ModelError(
          .invalidMetadata, facts.key("altup.num_inputs"),
          "stream \(active) of \(count): 2 to 64 streams are expected, and one of them active")
      }
      return (count, active)
    }
    (count, active) = sizes
    let width = facts.width
    begins = try weights.experts(
      "altup_proj.weight", count: count - 1, outputs: width, inputs: width)
    ends = try weights.experts(
      "altup_unembd_proj.weight", count: count - 1, outputs: width, inputs: width)
  }

  /// Makes the streams of the embeddings, which are the hidden states.
  func begin(on walk: DecoderWalk) throws(FormatError) {
    let hidden = walk.hidden
    let first = walk.matrix(walk.space.branch, columns: hidden.columns)
    first.copy(hidden)
    var pairs: [(weights: Linear, output: Matrix)] = []
    for stream in 1..<count { pairs.append((begins[stream - 1], walk.stream(stream, self))) }
    try walk.multiply(first, pairs)
    if active != 0 { walk.stream(0, self).copy(first) }
    for pair in pairs { pair.output.scaleRows(toMagnitudeOf: first) }
  }

  /// Makes the hidden states the mean of all streams.
  func finish(on walk: DecoderWalk) throws(FormatError) {
    let sum = walk.matrix(walk.space.branch, columns: walk.hidden.columns)
    let first = walk.stream(0, self)
    for stream in 1..<count {
      let own = walk.stream(stream, self)
      try walk.multiply(own, [(weights: ends[stream - 1], output: sum)])
      own.copy(sum)
      own.scaleRows(toMagnitudeOf: first)
    }
    sum.copy(first)
    for stream in 1..<count { sum.add(walk.stream(stream, self)) }
    sum.scale(by: 1 / Float(count))
    walk.hidden.copy(sum)
  }
}

/// A layer's share of alternating updates: before it, all streams are predicted of all; after it, all
/// are corrected by how far the active one is from its prediction.
struct AltUpLayer: Sendable {
  let model: AltUp
  /// Hidden state to the weights of this layer's maps.
  let router: Linear
  let routerNorm: NormWeights?
  /// [streams², streams], [streams, streams]: what the maps are made of.
  let prediction: Matrix
  let correction: Matrix
  /// Of the corrected active stream, before the embedding of its own is gated with it.
  let scale: Matrix?
  /// What is added to all streams but the first.
  let embedding: PerLayerEmbedding?
  let embeddingNorm: NormWeights?

  /// Finds a layer's parts; nil where it has none.
  init?(_ site: LayerSite, _ embedding: PerLayerEmbedding?) throws(InferenceError) {
    guard site.has("altup_router.weight"),
      let model = try AltUp(site.facts, site.weights)
    else { return nil }
    self.model = model
    let count = model.count
    router = try site.linear("altup_router.weight", outputs: count, inputs: site.width)
    routerNorm = try site.norm("altup_router_norm")
    prediction = try site.required("altup_predict_coef.weight", length: count * count * count)
    correction = try site.required("altup_correct_coef.weight", length: count * count)
    scale = try site.vector("altup_correct_scale.weight", length: site.width)
    self.embedding = embedding
    embeddingNorm = try site.norm("post_norm")
  }

  /// Every matrix.
  var linears: [Linear] { [router] + (embedding?.linears ?? []) }

  /// Columns of `Workspace.wide` for a token.
  var wide: Int { router.inputs + router.outputs + (embedding?.need.wide ?? 0) + router.inputs }

  /// tanh(router(norm(hidden) / width)), for each token.
  private func modalities(on walk: DecoderWalk) throws(FormatError) -> Matrix {
    let width = router.inputs
    let wide = walk.matrix(walk.space.wide, columns: width + router.outputs)
    let input = wide.columns(0..<width)
    let result = wide.columns(width..<wide.columns)
    if let routerNorm {
      walk.normalize(walk.hidden, routerNorm, into: input)
    } else {
      input.copy(walk.hidden)
    }
    try walk.multiply(
      input, [(router, Destination(matrix: result, scale: 1 / Float(width)))])
    walk.forRows(result.rows) { result.rows($0).activate(INFERENCE_TANH, times: nil) }
    return result
  }

  /// Predicts all streams; the prediction of the active one is kept beside it.
  func predict(on walk: DecoderWalk) throws(FormatError) {
    let modalities = try modalities(on: walk)
    let (count, model) = (model.count, model)
    let streams = (0..<count).map { walk.stream($0, model) }
    let kept = walk.predicted(model)
    let pool = walk.space.pool
    let coefficients = prediction.array
    Workers.run(walk.tokenCount, on: walk.workers, scratch: { pool.lease() }) { (lease, token) in
      let row = token..<token + 1
      let results = lease.scratch.matrix(rows: count, columns: kept.columns)
      for target in 0..<count {
        let result = results.rows(target..<target + 1)
        result.copy(streams[target].rows(row))
        for source in 0..<count {
          let first = (target * count + source) * count
          result.add(
            streams[source].rows(row),
            scale: Self.sum(coefficients[first..<first + count], modalities, token))
        }
      }
      for target in 0..<count {
        streams[target].rows(row).copy(results.rows(target..<target + 1))
      }
      kept.rows(row).copy(results.rows(model.active..<model.active + 1))
    }
  }

  /// Corrects all streams by what the layer has made of the active one.
  func correct(on walk: DecoderWalk) throws(FormatError) {
    let modalities = try modalities(on: walk)
    let (count, model) = (model.count, model)
    let streams = (0..<count).map { walk.stream($0, model) }
    let predicted = walk.predicted(model)
    let pool = walk.space.pool
    let coefficients = correction.array
    Workers.run(walk.tokenCount, on: walk.workers, scratch: { pool.lease() }) { (lease, token) in
      let row = token..<token + 1
      let innovation = lease.scratch.matrix(rows: 1, columns: predicted.columns)
      innovation.copy(streams[model.active].rows(row))
      innovation.add(predicted.rows(row), scale: -1)
      streams[model.active].rows(row).copy(predicted.rows(row))
      for target in 0..<count {
        let first = target * count
        streams[target].rows(row).add(
          innovation, scale: 1 + Self.sum(coefficients[first..<first + count], modalities, token))
      }
    }
    try addEmbedding(on: walk)
  }

  private static func sum(_ weights: ArraySlice<Float>, _ values: Matrix, _ row: Int) -> Float {
    weights.enumerated().reduce(0) { $0 + $1.element * values[row, $1.offset] }
  }

  /// Adds the layer's embedding, gated with the active stream, to all streams but the first.
  private func addEmbedding(on walk: DecoderWalk) throws(FormatError) {
    guard let embedding else { return }
    let width = router.inputs
    let input = walk.matrix(walk.space.normed, columns: width)
    input.copy(walk.hidden)
    if let scale {
      walk.forRows(input.rows) { rows in
        for row in rows { input.rows(row..<row + 1).multiply(elements: scale) }
      }
    }
    let result = walk.matrix(walk.space.branch, columns: width)
    try embedding.run(input, on: walk, into: .put(result))
    if let embeddingNorm { walk.normalize(result, embeddingNorm, into: result) }
    for stream in 1..<model.count { walk.add(result, to: walk.stream(stream, model), scale: 1) }
  }
}

extension DecoderWalk {
  /// A stream of hidden states.
  func stream(_ index: Int, _ model: AltUp) -> Matrix {
    guard index != model.active, let columns = decoder.carried.streams else { return hidden }
    let width = hidden.columns
    let start = columns.lowerBound + (index < model.active ? index : index - 1) * width
    return state.columns(start..<start + width)
  }

  /// What was predicted of the active stream.
  func predicted(_ model: AltUp) -> Matrix {
    guard let columns = decoder.carried.streams else { preconditionFailure("there are no streams") }
    return state.columns(columns.upperBound - hidden.columns..<columns.upperBound)
  }
}

extension Matrix {
  /// Every row gets the root mean square of another matrix's row (modeling_gemma3n.py).
  fileprivate func scaleRows(toMagnitudeOf other: Matrix) {
    let zero = Matrix(rows: 1, columns: columns)
    for row in 0..<rows {
      let target = zero.squaredDifference(row: 0, other.rows(row..<row + 1)).norm
      let own = zero.squaredDifference(row: 0, rows(row..<row + 1)).norm
      let count = Double(columns)
      let factor = (target / count).squareRoot() / max(own / count, 1e-5).squareRoot()
      rows(row..<row + 1).scale(by: Float(factor))
    }
  }

  /// self = self × other, element by element, of one row.
  fileprivate func multiply(elements other: Matrix) {
    precondition(rows == 1 && other.rows == 1 && other.columns == columns)
    unsafe inference_activate(
      pointer(row: 0), pointer(row: 0), other.pointer(row: 0), columns, INFERENCE_LINEAR)
  }
}
