internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// The weights of multi-head latent attention.
struct LatentAttentionWeights: Sendable {
  let description: LatentAttentionDescription
  /// Hidden state to queries, or to the vector that queries come from.
  let query: Linear
  let queryNorm: NormWeights?
  /// The vector that queries come from to queries.
  let queryUp: Linear?
  /// Hidden state to the vector that keys and values come from, and the rotated part of all keys.
  let latent: Linear
  let latentNorm: NormWeights?
  /// For each head: the latent vector to the rest of its key; transposed where `isSplit`.
  let keys: [Linear]
  /// For each head: the latent vector to its value.
  let values: [Linear]
  let output: Linear

  init(
    _ weights: WeightTable, _ description: LatentAttentionDescription, prefix: String, width: Int
  ) throws(InferenceError) {
    self.description = description
    let heads = description.heads
    let (plain, value) = (description.plainWidth, description.valueWidth)
    let inner = description.latentWidth
    let queries = heads * description.keyWidth
    if let rank = description.queryLatentWidth {
      query = try weights.linear(prefix + "attn_q_a.weight", outputs: rank, inputs: width)
      queryNorm = try weights.norm(prefix + "attn_q_a_norm", length: rank)
      queryUp = try weights.linear(prefix + "attn_q_b.weight", outputs: queries, inputs: rank)
    } else {
      query = try weights.linear(prefix + "attn_q.weight", outputs: queries, inputs: width)
      queryNorm = nil
      queryUp = nil
    }
    latent = try weights.linear(
      prefix + "attn_kv_a_mqa.weight", outputs: inner + description.rotary.width, inputs: width)
    latentNorm = try weights.norm(prefix + "attn_kv_a_norm", length: inner)
    if description.isSplit {
      keys = try weights.experts(
        prefix + "attn_k_b.weight", count: heads, outputs: inner, inputs: plain)
      values = try weights.experts(
        prefix + "attn_v_b.weight", count: heads, outputs: value, inputs: inner)
    } else {
      let both = try weights.experts(
        prefix + "attn_kv_b.weight", count: heads, outputs: plain + value, inputs: inner)
      keys = both.map { $0.rows(0..<plain) }
      values = both.map { $0.rows(plain..<plain + value) }
    }
    output = try weights.linear(
      prefix + "attn_output.weight", outputs: width, inputs: heads * value)
  }

  /// Columns of queries, keys and values of all heads and of the vectors that they come from.
  var wideColumns: Int {
    let heads = description.heads
    return heads * (2 * description.keyWidth + description.valueWidth) + latent.outputs
      + (description.queryLatentWidth ?? 0)
  }
}

extension Linear {
  /// Some of the rows.
  func rows(_ range: Range<Int>) -> Linear {
    Linear(
      source: source, first: first + range.lowerBound, outputs: range.count, inputs: inputs,
      bias: bias?.columns(range))
  }
}

extension DecoderWalk {
  /// Latent attention with keys and values expanded for every head: [tokens, width] → the same.
  func attend(
    _ input: Matrix, _ weights: LatentAttentionWeights, into output: Destination
  ) throws(FormatError) {
    let description = weights.description
    let heads = description.heads
    let wide = matrix(space.wide, columns: weights.wideColumns)
    var column = 0
    func take(_ count: Int) -> Matrix {
      column += count
      return wide.columns(column - count..<column)
    }
    let queries = take(heads * description.keyWidth)
    let keys = take(heads * description.keyWidth)
    let values = take(heads * description.valueWidth)
    let both = take(weights.latent.outputs)
    if let up = weights.queryUp, let rank = description.queryLatentWidth {
      let small = take(rank)
      try multiply(input, [(weights.query, small), (weights.latent, both)])
      if let norm = weights.queryNorm { normalize(small, norm, into: small) }
      try multiply(small, [(up, queries)])
    } else {
      try multiply(input, [(weights.query, queries), (weights.latent, both)])
    }
    let latent = both.columns(0..<description.latentWidth)
    let rotated = both.columns(description.latentWidth..<both.columns)
    if let norm = weights.latentNorm { normalize(latent, norm, into: latent) }
    rotate(queries, rotated, description)
    try expand(latent, rotated, weights, keys: keys, values: values)
    let mixed = matrix(space.mixed, columns: weights.output.inputs)
    let parts = AttentionParts(
      queries: queries, keys: keys, values: values, heads: heads, groups: heads)
    attend(parts, description.expanded, sinks: nil, into: mixed)
    try multiply(mixed, [(weights.output, output)])
  }

  /// Rotates the last part of every query and the part that all keys share.
  private func rotate(
    _ queries: Matrix, _ shared: Matrix, _ description: LatentAttentionDescription
  ) {
    let table = table(description.rotary)
    let positions = windows.flatMap { Array($0.indices) }
    let (plain, width) = (description.plainWidth, description.keyWidth)
    forRows(tokenCount) { rows in
      for row in rows {
        func rotate(_ part: Matrix) {
          part.rotate(row: row, table, position: positions[row])
        }
        rotate(shared)
        for head in 0..<description.heads {
          rotate(queries.columns(head * width + plain..<(head + 1) * width))
        }
      }
    }
  }

  /// Makes each head's keys and values of the latent vectors.
  private func expand(
    _ latent: Matrix, _ shared: Matrix, _ weights: LatentAttentionWeights, keys: Matrix,
    values: Matrix
  ) throws(FormatError) {
    let description = weights.description
    let (plain, width) = (description.plainWidth, description.keyWidth)
    var pairs: [(weights: Linear, output: Matrix)] = []
    for (head, linear) in weights.values.enumerated() {
      let start = head * description.valueWidth
      pairs.append((linear, values.columns(start..<start + description.valueWidth)))
    }
    if !description.isSplit {
      for (head, linear) in weights.keys.enumerated() {
        pairs.append((linear, keys.columns(head * width..<head * width + plain)))
      }
    }
    try multiply(latent, pairs)
    let pool = space.pool
    try Workers.run(description.heads, on: workers, scratch: { pool.lease() }) {
      (lease, head) throws(FormatError) in
      let key = keys.columns(head * width..<(head + 1) * width)
      if description.isSplit {
        let linear = weights.keys[head]
        let panel = lease.scratch.matrix(rows: linear.outputs, columns: linear.inputs)
        let rows = linear.first..<linear.first + linear.outputs
        try panel.decode(linear.source, rows: rows, &lease.scratch.bytes)
        key.columns(0..<plain).multiply(latent, panel)
      }
      key.columns(plain..<width).copy(shared)
    }
  }
}
