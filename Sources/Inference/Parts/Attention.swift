internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Multi-head attention with grouped keys and values: which numbers describe it.
struct AttentionDescription: Hashable, Sendable {
  /// Query heads.
  var heads: Int
  /// Key and value heads; divides `heads`.
  var keyValueHeads: Int
  /// Elements of a query and a key.
  var keyWidth: Int
  /// Elements of a value.
  var valueWidth: Int
  /// Factor of the scores.
  var scale: Float
  /// Rotation of queries and keys; nil for none.
  var rotary: Rotary?
  /// Which elements a rotation would pair, where the metadata have none and the configuration does.
  var pairing = DecoderTraits.Pairing.halves
  /// Whether a token sees only those before it.
  var isCausal = true
  /// What a query sees of its surroundings; nil for all.
  var window: AttentionWindow?
  /// How queries far into a text are scaled.
  var temperature: QueryTemperature?
  /// Whether queries and keys are normalized after they are rotated.
  var normalizesRotated = false
  /// Whether a gate stands behind the queries of each head: the output is multiplied with its sigmoid.
  var isGated = false
  /// Whether the output is multiplied with the sigmoid of what a matrix of its own makes of the input.
  var hasOutputGate = false
  /// Scores become cap × tanh(score / cap).
  var softcap: Float?
  /// ALiBi: the largest bias.
  var largestBias: Float?
  /// ALiBi: factor of all slopes.
  var biasFactor: Float = 1
  /// ALiBi: whether biases are counted from the first token and rounded to bfloat16 before the factor.
  var roundsBias = false
  /// Queries, keys and values are held within ±limit.
  var clamp: Float?
  /// Whether they are so after queries and keys are normalized, not before.
  var clampsNormalized = false
  /// Normalization of queries and keys (`attn_q_norm`, `attn_k_norm`).
  var queryKeyNorm: QueryKeyNorm?
  /// Whether each head's values are normalized, without weights.
  var normalizesValues = false
  /// Whether values are the keys, as they are before these are normalized and rotated.
  var keysAreValues = false
  /// The earlier layer whose keys and values serve; nil where the layer has its own.
  var sharedLayer: Int?
  /// Whether keys and values are kept for later layers.
  var keepsKeys = false
  /// Biases by how far a key is from a query; nil for none.
  var buckets: RelativeBuckets?

  /// Over what queries and keys are normalized.
  enum QueryKeyNorm: Hashable, Sendable {
    /// Over each head, with one weight for all.
    case head
    /// Over each head, with a weight for each.
    case headWeights
    /// Over each head, without weights.
    case plain
    /// Over all heads together.
    case whole
  }
}

/// What a query sees of its surroundings.
struct AttentionWindow: Hashable, Sendable {
  /// Keys up to its own, which is included; nil for all.
  var back: Int?
  /// Keys after its own, where tokens see those; nil for all.
  var ahead: Int?
  /// Keys of its own stretch of so many alone.
  var chunk: Int?
}

extension QueryTemperature {
  /// The factor of a query.
  func factor(_ position: Int) -> Float {
    1 + scale * Float(log(1 + Double((position + offset) / length)))
  }
}

/// Attention of tokens over those before them.
struct Attention: LayerPart {
  let description: AttentionDescription
  /// Which layer it is of.
  let layer: Int
  /// How the model normalizes.
  let kind: DecoderDescription.Normalization
  /// What makes queries, keys and values of a hidden state, one after another in a row; then the gate of
  /// the output, where it has a matrix of its own.
  let inputs: [Linear]
  let output: Linear
  let queryNorm: NormWeights?
  let keyNorm: NormWeights?
  /// One more score for each head takes part in the softmax, [1, heads].
  let sinks: Matrix?
  /// Biases of each bucket of distances, [1, buckets × heads].
  let relativeTable: Matrix?

  static let role = PartRole.mixer

  static func find(_ site: LayerSite) throws(InferenceError) -> Attention? {
    let names = ["attn_q.weight", "attn_qkv.weight", "attn_k.weight", "attn_v.weight"]
    guard names.contains(where: { site.has($0) }), !site.has("attn_kv_a_mqa.weight"),
      !GatedDeltaNet.shows(site), !KimiDeltaAttention.shows(site)
    else { return nil }
    return try Attention(AttentionDescription(followed: site), site)
  }

  private init(_ description: AttentionDescription, _ site: LayerSite) throws(InferenceError) {
    self.description = description
    layer = site.index
    kind = site.normalization
    let width = site.width
    let queries = description.heads * description.keyWidth
    let gated = description.isGated ? 2 * queries : queries
    let keys = description.keyColumns
    inputs =
      try Self.inputs(description, queries: gated, site)
      + Self.outputGate(description, site)
    output = try site.linear(
      site.has("attn_o.weight") ? "attn_o.weight" : "attn_output.weight", outputs: width,
      inputs: description.heads * description.valueWidth)
    let each = description.queryKeyNorm == .head ? description.keyWidth : nil
    let plain = NormWeights(weight: nil, bias: nil, kind: site.normalization)
    let isPlain = description.queryKeyNorm == .plain
    queryNorm = isPlain ? plain : try site.norm("attn_q_norm", length: each ?? queries)
    keyNorm =
      isPlain
      ? plain
      : description.sharedLayer == nil ? try site.norm("attn_k_norm", length: each ?? keys) : nil
    sinks = try site.vector("attn_sinks.weight", length: description.heads)
    relativeTable = try Self.relativeTable(description, site)
  }

  var linears: [Linear] { inputs + [output] }

  var need: PartNeed {
    PartNeed(
      wide: inputs.reduce(0) { $0 + $1.outputs }
        + (description.keysAreValues ? description.valueColumns : 0), mixed: output.inputs,
      keys: PartNeed.Keys(
        groups: description.keyValueHeads, keyWidth: description.keyWidth,
        valueWidth: description.valueWidth))
  }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let (heads, groups) = (description.heads, description.keyValueHeads)
    // [tokens, heads × keyWidth | groups × keyWidth | groups × valueWidth]
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    var pairs: [(weights: Linear, output: Matrix)] = []
    var column = 0
    for linear in inputs {
      pairs.append((linear, wide.columns(column..<column + linear.outputs)))
      column += linear.outputs
    }
    try walk.multiply(input, pairs)
    let keyStart = heads * description.keyWidth * (description.isGated ? 2 : 1)
    let (keys, values) = keysAndValues(behind: keyStart, of: wide, on: walk)
    let parts = AttentionParts(
      queries: wide.columns(0..<keyStart), keys: keys, values: values, heads: heads, groups: groups,
      queryStep: keyStart / heads)
    if let limit = description.clamp, !description.clampsNormalized {
      let clamped = wide.columns(0..<keyStart + description.keyColumns + description.valueColumns)
      walk.forRows(wide.rows) { clamped.rows($0).scale(by: 1, limit: limit) }
    }
    if description.sharedLayer == nil { prepareValues(keys, values, on: walk) }
    prepare(parts, on: walk)
    keep(keys, values, on: walk)
    let mixed = walk.matrix(walk.space.mixed, columns: self.output.inputs)
    walk.attend(
      parts, description, sinks: sinks,
      relative: relativeBiases(length: walk.longestWindow), into: mixed)
    if description.isGated { gate(mixed, parts.queries, on: walk) }
    if description.hasOutputGate {
      gate(mixed, by: wide.columns(column - mixed.columns..<column), on: walk)
    }
    try walk.multiply(mixed, [(self.output, output)])
  }

  /// Normalizes, bounds and rotates queries and keys.
  private func prepare(_ parts: AttentionParts, on walk: DecoderWalk) {
    let tables = description.rotary.map { walk.tables($0) }
    let (positions, windows) = (walk.positions, walk.windowOfToken)
    let limit = description.clampsNormalized ? description.clamp : nil
    guard
      tables != nil || queryNorm != nil || keyNorm != nil || description.temperature != nil
        || limit != nil
    else { return }
    walk.forRows(walk.tokenCount) { rows in
      if let limit { parts.values.rows(rows).scale(by: 1, limit: limit) }
      for (all, heads, step, norm) in [
        (parts.queries, parts.heads, parts.queryStep, queryNorm),
        (parts.keys, parts.groups, description.keyWidth, keyNorm),
      ].prefix(description.sharedLayer == nil ? 2 : 1) {
        let tokens = all.rows(rows)
        if let norm, !description.normalizesRotated {
          normalize(tokens, heads: heads, step: step, norm)
        }
        if let limit { tokens.scale(by: 1, limit: limit) }
        if let tables {
          for row in rows {
            tokens.rotate(
              row: row - rows.lowerBound, heads: heads, tables[windows[row]],
              position: positions[row])
          }
        }
        if let norm, description.normalizesRotated {
          normalize(tokens, heads: heads, step: step, norm)
        }
      }
      if let temperature = description.temperature {
        for row in rows {
          parts.queries.rows(row..<row + 1).scale(by: temperature.factor(positions[row]))
        }
      }
    }
  }

  private func normalize(_ tokens: Matrix, heads: Int, step: Int, _ norm: NormWeights) {
    let kind = description.queryKeyNorm
    guard kind != .whole else { return tokens.normalize(tokens, norm) }
    let width = description.keyWidth
    for head in 0..<heads {
      let part = tokens.columns(head * step..<head * step + width)
      let own = kind == .headWeights ? norm.columns(head * width..<(head + 1) * width) : norm
      part.normalize(part, own)
    }
  }
}
