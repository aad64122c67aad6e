internal import WeighbridgeByteIO

/// Latent attention of one window and its reverse.
struct LatentReverse: PartReverse {
  let weights: LatentAttention
  let query: DenseLinear
  let queryUp: DenseLinear?
  let latent: DenseLinear
  let keys: [DenseLinear]
  let values: [DenseLinear]
  let output: DenseLinear
  let rotary: (table: RotaryTable, negated: Matrix)?

  /// What the reverse needs of the forward pass.
  struct Tape: Sendable {
    /// The small vectors before their norms; nil where queries come from the hidden states.
    let small: Matrix?
    let both: Matrix
    /// The vectors that keys and values come from.
    let normalized: Matrix
    let queries: Matrix
    let keys: Matrix
    let values: Matrix
    let heads: HeadMixing.Tape
  }

  init(
    _ weights: LatentAttention, _ walk: DecoderWalk, workers: Int
  ) throws(FormatError) {
    self.weights = weights
    query = try DenseLinear(weights.query, workers: workers)
    if let up = weights.queryUp {
      queryUp = try DenseLinear(up, workers: workers)
    } else {
      queryUp = nil
    }
    latent = try DenseLinear(weights.latent, workers: workers)
    output = try DenseLinear(weights.output, workers: workers)
    var keys: [DenseLinear] = []
    for linear in weights.keys { keys.append(try DenseLinear(linear, workers: workers)) }
    self.keys = keys
    var values: [DenseLinear] = []
    for linear in weights.values { values.append(try DenseLinear(linear, workers: workers)) }
    self.values = values
    rotary = weights.description.rotary.flatMap { walk.tables($0).first }.map { table in
      let negated = table.sine.copied
      negated.scale(by: -1)
      return (table, negated)
    }
  }

  private var description: LatentAttentionDescription { weights.description }
  private var mixing: HeadMixing { HeadMixing(description: description.expanded, sinks: nil) }
  private var width: Int { description.keyWidth }
  private var plain: Int { description.plainWidth }
  private var inner: Int { description.latentWidth }

  private func parts(_ queries: Matrix, _ keys: Matrix, _ values: Matrix) -> AttentionParts {
    AttentionParts(
      queries: queries, keys: keys, values: values, heads: description.heads,
      groups: description.heads, queryStep: width)
  }

  /// The rotated part of a head's query or key.
  private func rotated(_ all: Matrix, _ head: Int) -> Matrix {
    all.columns(head * width + plain..<(head + 1) * width)
  }

  func apply(_ input: Matrix, into result: Matrix) -> any Sendable {
    let (tokens, heads) = (input.rows, description.heads)
    let queries = Matrix.zeros(tokens, heads * width)
    var small: Matrix?
    if let queryUp {
      let raw = Matrix.zeros(tokens, query.linear.outputs)
      query.apply(input, into: raw)
      queryUp.apply(normalized(raw, weights.queryNorm), into: queries)
      small = raw
    } else {
      query.apply(input, into: queries)
    }
    let both = Matrix.zeros(tokens, latent.linear.outputs)
    latent.apply(input, into: both)
    let own = normalized(both.columns(0..<inner), weights.latentNorm)
    let shared = both.columns(inner..<both.columns).copied
    rotate(queries, shared)
    let (keys, values) = expand(own, shared)
    let mixed = Matrix.zeros(tokens, output.linear.inputs)
    let mixing = mixing.apply(parts(queries, keys, values), into: mixed)
    output.apply(mixed, into: result)
    return Tape(
      small: small, both: both, normalized: own, queries: queries, keys: keys, values: values,
      heads: mixing)
  }

  /// Queries, or their gradients, × the factor of their positions.
  private func scaleQueries(_ queries: Matrix) {
    guard let temperature = description.temperature else { return }
    for row in 0..<queries.rows {
      queries.rows(row..<row + 1).scale(by: temperature.factor(row))
    }
  }

  private func rotate(_ queries: Matrix, _ shared: Matrix) {
    scaleQueries(queries)
    guard let rotary else { return }
    for row in 0..<shared.rows {
      shared.rotate(row: row, rotary.table, position: row)
      for head in 0..<description.heads {
        rotated(queries, head).rotate(row: row, rotary.table, position: row)
      }
    }
  }

  private func rotateBack(_ queries: Matrix, _ shared: Matrix) {
    scaleQueries(queries)
    guard let rotary else { return }
    for row in 0..<shared.rows {
      shared.rotateBack(row: row, heads: 1, rotary.table, rotary.negated, position: row)
      for head in 0..<description.heads {
        rotated(queries, head).rotateBack(
          row: row, heads: 1, rotary.table, rotary.negated, position: row)
      }
    }
  }

  /// Each head's keys and values of the latent vectors.
  private func expand(_ latent: Matrix, _ shared: Matrix) -> (keys: Matrix, values: Matrix) {
    let heads = description.heads
    let keys = Matrix.zeros(latent.rows, heads * width)
    let values = Matrix.zeros(latent.rows, heads * description.valueWidth)
    for head in 0..<heads {
      let key = keys.columns(head * width..<head * width + plain)
      if description.isSplit {
        key.add(latent, times: self.keys[head].weight)
      } else {
        self.keys[head].apply(latent, into: key)
      }
      rotated(keys, head).copy(shared)
      self.values[head].apply(latent, into: value(values, head))
    }
    return (keys, values)
  }

  private func value(_ all: Matrix, _ head: Int) -> Matrix {
    all.columns(head * description.valueWidth..<(head + 1) * description.valueWidth)
  }

  private func normalized(_ input: Matrix, _ norm: NormWeights?) -> Matrix {
    let output = Matrix.zeros(input.rows, input.columns)
    guard let norm else {
      output.copy(input)
      return output
    }
    output.normalize(input, norm)
    return output
  }

  func reverse(
    _ gradient: Matrix, _ tape: any Sendable, _ store: GradientStore, first: Int,
    into input: Matrix
  ) {
    guard let tape = tape as? Tape else { preconditionFailure("another part's tape") }
    let (tokens, heads) = (gradient.rows, description.heads)
    store.record(output.linear, gradient, first: first)
    let mixed = Matrix.zeros(tokens, output.linear.inputs)
    output.reverse(gradient, addingTo: mixed)
    let queries = Matrix.zeros(tokens, heads * width)
    let keys = Matrix.zeros(tokens, heads * width)
    let values = Matrix.zeros(tokens, heads * description.valueWidth)
    mixing.reverse(
      mixed, parts(tape.queries, tape.keys, tape.values), tape.heads,
      into: parts(queries, keys, values))
    let own = Matrix.zeros(tokens, inner)
    let shared = Matrix.zeros(tokens, latent.linear.outputs - inner)
    for head in 0..<heads {
      let key = keys.columns(head * width..<head * width + plain)
      if description.isSplit {
        own.add(key, timesTransposed: self.keys[head].weight)
      } else {
        store.record(self.keys[head].linear, key, first: first)
        self.keys[head].reverse(key, addingTo: own)
      }
      shared.add(rotated(keys, head))
      store.record(self.values[head].linear, value(values, head), first: first)
      self.values[head].reverse(value(values, head), addingTo: own)
    }
    rotateBack(queries, shared)
    let both = Matrix.zeros(tokens, latent.linear.outputs)
    add(own, weights.latentNorm, tape.both.columns(0..<inner), to: both.columns(0..<inner))
    both.columns(inner..<both.columns).add(shared)
    store.record(latent.linear, both, first: first)
    latent.reverse(both, addingTo: input)
    reverseQueries(queries, tape, store, first: first, into: input)
  }

  private func reverseQueries(
    _ queries: Matrix, _ tape: Tape, _ store: GradientStore, first: Int, into input: Matrix
  ) {
    guard let queryUp, let small = tape.small else {
      store.record(query.linear, queries, first: first)
      query.reverse(queries, addingTo: input)
      return
    }
    store.record(queryUp.linear, queries, first: first)
    let inner = Matrix.zeros(queries.rows, query.linear.outputs)
    queryUp.reverse(queries, addingTo: inner)
    let raw = Matrix.zeros(queries.rows, query.linear.outputs)
    add(inner, weights.queryNorm, small, to: raw)
    store.record(query.linear, raw, first: first)
    query.reverse(raw, addingTo: input)
  }

  /// Adds the gradient at a norm's input.
  private func add(_ gradient: Matrix, _ norm: NormWeights?, _ input: Matrix, to target: Matrix) {
    if let norm {
      target.addReverse(of: norm, input: input, gradient: gradient)
    } else {
      target.add(gradient)
    }
  }
}

extension LatentAttention: ReversiblePart {
  var obstacle: String? {
    if description.selection != nil { return "queries that choose their keys have no reverse yet" }
    if description.rotary?.lengthLimit != nil {
      return "rotations that depend on the length of the text have no reverse yet"
    }
    return nil
  }

  func decoded(on walk: DecoderWalk, workers: Int) throws(FormatError) -> any PartReverse {
    try LatentReverse(self, walk, workers: workers)
  }
}
