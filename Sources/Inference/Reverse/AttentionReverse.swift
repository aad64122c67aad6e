internal import CWeighbridgeKernels
internal import WeighbridgeByteIO

/// Attention of one window and its reverse.
struct AttentionReverse: PartReverse {
  let weights: Attention
  let inputs: [DenseLinear]
  let output: DenseLinear
  let rotary: (table: RotaryTable, negated: Matrix)?

  /// What the reverse needs of the forward pass.
  struct Tape: Sendable {
    /// Queries, keys and values as the matrices gave them, and as they were used.
    let raw: Matrix
    let wide: Matrix
    let heads: HeadMixing.Tape
  }

  init(
    _ weights: Attention, _ walk: DecoderWalk, workers: Int
  ) throws(FormatError) {
    self.weights = weights
    var inputs: [DenseLinear] = []
    for linear in weights.inputs { inputs.append(try DenseLinear(linear, workers: workers)) }
    self.inputs = inputs
    output = try DenseLinear(weights.output, workers: workers)
    rotary = weights.description.rotary.flatMap { walk.tables($0).first }.map { table in
      let negated = table.sine.copied
      negated.scale(by: -1)
      return (table, negated)
    }
  }

  private var description: AttentionDescription { weights.description }
  private var mixing: HeadMixing { HeadMixing(description: description, sinks: weights.sinks) }
  private var keyStart: Int { description.heads * description.keyWidth }
  private var valueStart: Int { keyStart + description.keyValueHeads * description.keyWidth }

  private func parts(_ wide: Matrix) -> AttentionParts {
    AttentionParts(
      queries: wide.columns(0..<keyStart), keys: wide.columns(keyStart..<valueStart),
      values: wide.columns(valueStart..<wide.columns), heads: description.heads,
      groups: description.keyValueHeads, queryStep: description.keyWidth)
  }

  func apply(_ input: Matrix, into result: Matrix) -> any Sendable {
    let wide = Matrix.zeros(input.rows, weights.need.wide)
    var column = 0
    for linear in inputs {
      linear.apply(input, into: wide.columns(column..<column + linear.linear.outputs))
      column += linear.linear.outputs
    }
    if let limit = description.clamp { wide.scale(by: 1, limit: limit) }
    // What norms and bounds saw.
    var raw = wide.copied
    let parts = parts(wide)
    if !description.normalizesRotated { normalize(parts) }
    if let rotary {
      for row in 0..<wide.rows {
        parts.queries.rotate(row: row, heads: parts.heads, rotary.table, position: row)
        parts.keys.rotate(row: row, heads: parts.groups, rotary.table, position: row)
      }
    }
    if description.normalizesRotated {
      raw = wide.copied
      normalize(parts)
    }
    scaleQueries(parts.queries)
    let mixed = Matrix.zeros(input.rows, output.linear.inputs)
    let heads = mixing.apply(parts, into: mixed)
    output.apply(mixed, into: result)
    return Tape(raw: raw, wide: wide, heads: heads)
  }

  /// Columns that one norm takes at a time, and its weights for them.
  private func normed(
    _ all: Matrix, _ heads: Int, _ norm: NormWeights
  ) -> [(columns: Range<Int>, norm: NormWeights)] {
    let width = description.keyWidth
    if description.queryKeyNorm == .whole { return [(0..<all.columns, norm)] }
    return (0..<heads).map { head in
      let columns = head * width..<(head + 1) * width
      return (columns, description.queryKeyNorm == .headWeights ? norm.columns(columns) : norm)
    }
  }

  private func normalize(_ parts: AttentionParts) {
    for (all, heads, norm) in [
      (parts.queries, parts.heads, weights.queryNorm), (parts.keys, parts.groups, weights.keyNorm),
    ] {
      guard let norm else { continue }
      for (columns, own) in normed(all, heads, norm) {
        all.columns(columns).normalize(all.columns(columns), own)
      }
    }
  }

  func reverse(
    _ gradient: Matrix, _ tape: any Sendable, _ store: GradientStore, first: Int,
    into input: Matrix
  ) {
    guard let tape = tape as? Tape else { preconditionFailure("another part's tape") }
    store.record(output.linear, gradient, first: first)
    let mixed = Matrix.zeros(gradient.rows, output.linear.inputs)
    output.reverse(gradient, addingTo: mixed)
    let wide = Matrix.zeros(gradient.rows, weights.need.wide)
    mixing.reverse(mixed, parts(tape.wide), tape.heads, into: parts(wide))
    let (own, raw) = (parts(wide), parts(tape.raw))
    scaleQueries(own.queries)
    if description.normalizesRotated { reverseNorms(own, raw) }
    if let rotary {
      for row in 0..<wide.rows {
        own.queries.rotateBack(
          row: row, heads: own.heads, rotary.table, rotary.negated, position: row)
        own.keys.rotateBack(
          row: row, heads: own.groups, rotary.table, rotary.negated, position: row)
      }
    }
    if !description.normalizesRotated { reverseNorms(own, raw) }
    if let limit = description.clamp {
      for row in 0..<wide.rows {
        for column in 0..<wide.columns where abs(tape.raw[row, column]) >= limit {
          wide[row, column] = 0
        }
      }
    }
    var column = 0
    for linear in inputs {
      let part = wide.columns(column..<column + linear.linear.outputs)
      store.record(linear.linear, part, first: first)
      linear.reverse(part, addingTo: input)
      column += linear.linear.outputs
    }
  }

  /// Queries, or their gradients, × the factor of their positions.
  private func scaleQueries(_ queries: Matrix) {
    guard let temperature = description.temperature else { return }
    for row in 0..<queries.rows {
      queries.rows(row..<row + 1).scale(by: temperature.factor(row))
    }
  }

  private func reverseNorms(_ gradient: AttentionParts, _ raw: AttentionParts) {
    reverseNorm(gradient.queries, raw.queries, gradient.heads, weights.queryNorm)
    reverseNorm(gradient.keys, raw.keys, gradient.groups, weights.keyNorm)
  }

  private func reverseNorm(_ gradient: Matrix, _ raw: Matrix, _ heads: Int, _ norm: NormWeights?) {
    guard let norm else { return }
    for (columns, own) in normed(gradient, heads, norm) {
      let part = gradient.columns(columns)
      let from = part.copied
      part.clear()
      part.addReverse(of: own, input: raw.columns(columns), gradient: from)
    }
  }
}

extension Attention: ReversiblePart {
  var obstacle: String? {
    if description.isGated || description.hasOutputGate { return "gates have no reverse yet" }
    if description.sharedLayer != nil || description.keepsKeys {
      return "keys that several layers share have no reverse yet"
    }
    if description.normalizesValues || description.keysAreValues {
      return "normalized values have no reverse yet"
    }
    if description.normalizesRotated, description.clamp != nil {
      return "bounds before the rotation have no reverse yet"
    }
    if description.clampsNormalized { return "bounds behind norms have no reverse yet" }
    if description.roundsBias { return "rounded biases of position have no reverse yet" }
    if description.rotary?.lengthLimit != nil {
      return "rotations that depend on the length of the text have no reverse yet"
    }
    return nil
  }

  func decoded(on walk: DecoderWalk, workers: Int) throws(FormatError) -> any PartReverse {
    try AttentionReverse(self, walk, workers: workers)
  }
}
