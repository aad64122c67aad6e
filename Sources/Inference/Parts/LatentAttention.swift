internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Multi-head latent attention, as in DeepSeek: keys and values come from one small vector.
struct LatentAttentionDescription: Hashable, Sendable {
  /// Query heads; as many key and value heads.
  var heads: Int
  /// Elements of a query and a key that are not rotated.
  var plainWidth: Int
  /// Elements of a value.
  var valueWidth: Int
  /// Elements of the vector that keys and values come from.
  var latentWidth: Int
  /// Elements of the vector that queries come from; nil where they come from the hidden state.
  var queryLatentWidth: Int?
  /// Factor of the scores.
  var scale: Float
  /// Elements of a query and a key that all heads' keys share.
  var sharedWidth: Int
  /// Rotation of these; nil for none.
  var rotary: Rotary?
  /// Queries are multiplied with 1 + scale × ln(1 + ⌊position / length⌋).
  var temperature: QueryTemperature?
  /// Which keys a query sees, where not all before it.
  var selection: KeySelectionDescription?
  /// Added to the mean square where the small vectors are normalized; nil for the model's.
  var epsilon: Float?
  /// Whether a token sees only those before it.
  var isCausal = true
  /// Whether keys and values are up-projected by two tensors (`attn_k_b`, `attn_v_b`), the first
  /// transposed, or by one (`attn_kv_b`).
  var isSplit: Bool

  /// Elements of a query and a key.
  var keyWidth: Int { plainWidth + sharedWidth }

  /// The attention over expanded keys and values.
  var expanded: AttentionDescription {
    AttentionDescription(
      heads: heads, keyValueHeads: heads, keyWidth: keyWidth, valueWidth: valueWidth, scale: scale,
      isCausal: isCausal)
  }
}

/// Latent attention with keys and values expanded for every head.
struct LatentAttention: LayerPart {
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
  /// Chooses the keys that a query sees; nil where it sees all, or those of an earlier layer.
  let selector: KeySelector?

  static let role = PartRole.mixer

  static func find(_ site: LayerSite) throws(InferenceError) -> LatentAttention? {
    guard site.has("attn_kv_a_mqa.weight") else { return nil }
    var description = try LatentAttentionDescription(site)
    for setting in site.facts.settings { _ = description.follow(setting, layer: site.index) }
    return try LatentAttention(description, site)
  }

  private init(
    _ description: LatentAttentionDescription, _ site: LayerSite
  ) throws(InferenceError) {
    self.description = description
    let (heads, width) = (description.heads, site.width)
    let (plain, value) = (description.plainWidth, description.valueWidth)
    let inner = description.latentWidth
    let queries = heads * description.keyWidth
    if let rank = description.queryLatentWidth {
      query = try site.linear("attn_q_a.weight", outputs: rank, inputs: width)
      queryNorm = try site.norm("attn_q_a_norm", length: rank)?.with(description.epsilon)
      queryUp = try site.linear("attn_q_b.weight", outputs: queries, inputs: rank)
    } else {
      query = try site.linear("attn_q.weight", outputs: queries, inputs: width)
      queryNorm = nil
      queryUp = nil
    }
    latent = try site.linear(
      "attn_kv_a_mqa.weight", outputs: inner + description.sharedWidth, inputs: width)
    latentNorm = try site.norm("attn_kv_a_norm", length: inner)?.with(description.epsilon)
    if description.isSplit {
      keys = try site.experts("attn_k_b.weight", count: heads, outputs: inner, inputs: plain)
      values = try site.experts("attn_v_b.weight", count: heads, outputs: value, inputs: inner)
    } else {
      let both = try site.experts(
        "attn_kv_b.weight", count: heads, outputs: plain + value, inputs: inner)
      keys = both.map { $0.rows(0..<plain) }
      values = both.map { $0.rows(plain..<plain + value) }
    }
    output = try site.linear("attn_output.weight", outputs: width, inputs: heads * value)
    selector = try description.selection.flatMap { (selection) throws(InferenceError) in
      try KeySelector(selection, site)
    }
  }

  var linears: [Linear] {
    [query, latent, output] + keys + values + (queryUp.map { [$0] } ?? [])
      + (selector?.linears ?? [])
  }

  var need: PartNeed {
    let heads = description.heads
    // Queries, keys and values of all heads, and the vectors that they come from.
    return PartNeed(
      wide: heads * (2 * description.keyWidth + description.valueWidth) + latent.outputs
        + (description.queryLatentWidth ?? 0) + (selector?.columns ?? 0), mixed: output.inputs,
      keys: PartNeed.Keys(
        groups: heads, keyWidth: description.keyWidth, valueWidth: description.valueWidth),
      chosen: description.selection?.count ?? 0)
  }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let heads = description.heads
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    var column = 0
    func take(_ count: Int) -> Matrix {
      column += count
      return wide.columns(column - count..<column)
    }
    let queries = take(heads * description.keyWidth)
    let keys = take(heads * description.keyWidth)
    let values = take(heads * description.valueWidth)
    let both = take(latent.outputs)
    if let queryUp, let rank = description.queryLatentWidth {
      let small = take(rank)
      try walk.multiply(input, [(query, small), (latent, both)])
      if let queryNorm { walk.normalize(small, queryNorm, into: small) }
      try walk.multiply(small, [(queryUp, queries)])
      if let selector, selector.isNeeded(on: walk) {
        try selector.choose(
          input, small, take(selector.columns), description.rotary, on: walk)
      }
    } else {
      try walk.multiply(input, [(query, queries), (latent, both)])
    }
    let latent = both.columns(0..<description.latentWidth)
    let rotated = both.columns(description.latentWidth..<both.columns)
    if let latentNorm { walk.normalize(latent, latentNorm, into: latent) }
    rotate(queries, rotated, on: walk)
    try expand(latent, rotated, keys: keys, values: values, on: walk)
    let mixed = walk.matrix(walk.space.mixed, columns: self.output.inputs)
    let parts = AttentionParts(
      queries: queries, keys: keys, values: values, heads: heads, groups: heads,
      queryStep: description.keyWidth)
    if let selection = description.selection, selection.isNeeded(on: walk) {
      try walk.attend(parts, scale: description.scale, into: mixed)
    } else {
      walk.attend(parts, description.expanded, sinks: nil, into: mixed)
    }
    try walk.multiply(mixed, [(self.output, output)])
  }

  /// Rotates the last part of every query and the part that all keys share.
  private func rotate(_ queries: Matrix, _ shared: Matrix, on walk: DecoderWalk) {
    let (positions, windows) = (walk.positions, walk.windowOfToken)
    let (plain, width) = (description.plainWidth, description.keyWidth)
    if let temperature = description.temperature {
      walk.forRows(walk.tokenCount) { rows in
        for row in rows {
          queries.rows(row..<row + 1).scale(by: temperature.factor(positions[row]))
        }
      }
    }
    guard let rotary = description.rotary else { return }
    let tables = walk.tables(rotary)
    walk.forRows(walk.tokenCount) { rows in
      for row in rows {
        func rotate(_ part: Matrix) {
          part.rotate(row: row, tables[windows[row]], position: positions[row])
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
    _ latent: Matrix, _ shared: Matrix, keys: Matrix, values: Matrix, on walk: DecoderWalk
  ) throws(FormatError) {
    let (plain, width) = (description.plainWidth, description.keyWidth)
    var pairs: [(weights: Linear, output: Matrix)] = []
    for (head, linear) in self.values.enumerated() {
      let start = head * description.valueWidth
      pairs.append((linear, values.columns(start..<start + description.valueWidth)))
    }
    if !description.isSplit {
      for (head, linear) in self.keys.enumerated() {
        pairs.append((linear, keys.columns(head * width..<head * width + plain)))
      }
    }
    try walk.multiply(latent, pairs)
    let pool = walk.space.pool
    try Workers.run(description.heads, on: walk.workers, scratch: { pool.lease() }) {
      (lease, head) throws(FormatError) in
      let key = keys.columns(head * width..<(head + 1) * width)
      if description.isSplit {
        let linear = self.keys[head]
        let panel = lease.scratch.matrix(rows: linear.outputs, columns: linear.inputs)
        let rows = linear.first..<linear.first + linear.outputs
        try panel.decode(linear.source, rows: rows, &lease.scratch.payloads)
        key.columns(0..<plain).multiply(latent, panel)
      }
      key.columns(plain..<width).copy(shared)
    }
  }
}
