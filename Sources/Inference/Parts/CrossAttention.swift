internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Attention of a decoder's tokens over the last states of its encoder.
struct CrossAttention: LayerPart {
  let description: AttentionDescription
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear

  static let role = PartRole.crossMixer

  static func find(_ site: LayerSite) throws(InferenceError) -> CrossAttention? {
    guard site.has("cross_attn_q.weight") else { return nil }
    var description = try describing { () throws(ModelError) in try AttentionDescription(site) }
    description.isCausal = false
    description.window = nil
    description.buckets = nil
    return try CrossAttention(description, site)
  }

  private init(_ description: AttentionDescription, _ site: LayerSite) throws(InferenceError) {
    self.description = description
    let width = site.width
    let queries = description.heads * description.keyWidth
    query = try site.linear("cross_attn_q.weight", outputs: queries, inputs: width)
    key = try site.linear("cross_attn_k.weight", outputs: description.keyColumns, inputs: width)
    value = try site.linear(
      "cross_attn_v.weight", outputs: description.valueColumns, inputs: width)
    output = try site.linear(
      "cross_attn_o.weight", outputs: width, inputs: description.heads * description.valueWidth)
  }

  var linears: [Linear] { [query, key, value, output] }

  var need: PartNeed {
    PartNeed(
      wide: query.outputs, mixed: output.inputs,
      keys: PartNeed.Keys(
        groups: description.keyValueHeads, keyWidth: description.keyWidth,
        valueWidth: description.valueWidth))
  }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    guard let encoded = walk.encoded else { preconditionFailure("nothing was encoded") }
    let queries = walk.matrix(walk.space.wide, columns: query.outputs)
    try walk.multiply(input, [(weights: query, output: queries)])
    let columns = key.outputs + value.outputs
    let both = Matrix(
      SharedBuffer(uninitialized: encoded.states.rows * columns), rows: encoded.states.rows,
      columns: columns)
    let keys = both.columns(0..<key.outputs)
    let values = both.columns(key.outputs..<columns)
    try walk.multiply(
      encoded.states, [(weights: key, output: keys), (weights: value, output: values)])
    let mixed = walk.matrix(walk.space.mixed, columns: self.output.inputs)
    let parts = AttentionParts(
      queries: queries, keys: keys, values: values, heads: description.heads,
      groups: description.keyValueHeads, queryStep: description.keyWidth)
    walk.attend(parts, description, sinks: nil, keysAt: encoded.ranges, into: mixed)
    try walk.multiply(mixed, [(weights: self.output, output: output)])
  }
}

/// What an encoder has made of the texts that a decoder's windows belong to.
struct EncodedTexts: Sendable {
  /// The last states, [tokens, width].
  let states: Matrix
  /// Rows of each text.
  let ranges: [Range<Int>]
}

/// The encoder of a model that reads one text and writes another.
final class EncoderStack: Sendable {
  /// The encoder as a model of its own, which ends in hidden states.
  let model: Decoder

  init(_ model: Decoder) { self.model = model }
}
