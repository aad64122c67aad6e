internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// An embedding that each token has for each layer by itself, as in Gemma 3n and 4: what a table says of
/// the token, averaged with a projection of its first hidden state.
///
/// It is made anew in each layer, of the layer's rows of the projection, so that nothing has to be kept;
/// every row is used once all the same.
struct PerLayerEmbedding: LayerPart {
  /// Which layer it is of.
  let layer: Int
  /// Elements of the embedding.
  let width: Int
  /// Hidden state to the gate.
  let gate: Linear
  /// Embedding to the hidden state.
  let output: Linear
  /// The gate's nonlinearity.
  let activation: Nonlinearity
  /// First hidden state to embedding: the layer's rows.
  let projection: Linear
  /// Of what the projection gives.
  let norm: NormWeights
  /// All layers' embeddings of each token.
  let table: FloatRows

  static let role = PartRole.addition

  static func find(_ site: LayerSite) throws(InferenceError) -> PerLayerEmbedding? {
    guard site.has("inp_gate.weight") else { return nil }
    return try PerLayerEmbedding(site)
  }

  private init(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    layer = site.index
    let width = try describing { () throws(ModelError) in
      try facts.count("embedding_length_per_layer_input")
    }
    self.width = width
    let all = try describing { () throws(ModelError) in
      // Layers that predict further tokens have none.
      let (all, overflow) = width.multipliedReportingOverflow(by: facts.layerCount)
      guard !overflow, all <= ArchitectureKeys.limit else {
        throw ModelError(
          .invalidMetadata, facts.key("embedding_length_per_layer_input"),
          "\(width) elements in each of \(facts.layerCount) layers are too many")
      }
      return all
    }
    gate = try site.linear("inp_gate.weight", outputs: width, inputs: site.width)
    output = try site.linear("proj.weight", outputs: site.width, inputs: width)
    activation = try Nonlinearity(site)
    projection = try site.weights.linear(
      "per_layer_model_proj.weight", outputs: all, inputs: site.width
    ).rows(layer * width..<(layer + 1) * width)
    norm = try site.weights.norm("per_layer_proj_norm", length: width, site.normalization)
    table = try site.weights.rows("per_layer_token_embd.weight", length: all)
  }

  var linears: [Linear] { [projection, gate, output] }

  /// First hidden states, the embedding, the gate.
  var need: PartNeed { PartNeed(wide: gate.inputs + 2 * width) }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let hidden = gate.inputs
    let wide = walk.matrix(walk.space.wide, columns: hidden + 2 * width)
    let first = wide.columns(0..<hidden)
    let embedding = wide.columns(hidden..<hidden + width)
    let gated = wide.columns(hidden + width..<wide.columns)
    try walk.embed(into: first)
    let scale = 1 / Float(hidden).squareRoot()
    try walk.multiply(
      first, [(projection, Destination(matrix: embedding, scale: scale))])
    walk.normalize(embedding, norm, into: embedding)
    try addTable(to: embedding, on: walk)
    try walk.multiply(input, [(weights: gate, output: gated)])
    walk.forRows(gated.rows) { rows in
      gated.rows(rows).activate(activation, times: embedding.rows(rows))
    }
    try walk.multiply(gated, [(weights: self.output, output: output)])
  }

  /// Averages with the table's rows, which count as often as the root of their width; tokens that it does
  /// not have take the first (modeling_gemma3n.py, `get_per_layer_inputs`).
  private func addTable(to embedding: Matrix, on walk: DecoderWalk) throws(FormatError) {
    let tokens = walk.tokens
    let pool = walk.space.pool
    let columns = layer * width..<(layer + 1) * width
    let (scale, average) = (Float(width).squareRoot(), Float(0.5).squareRoot())
    let count = table.payload.layout.rowCount
    try Workers.run(tokens.count, on: walk.workers, scratch: { pool.lease() }) {
      (lease, index) throws(FormatError) in
      let token = Int(tokens[index]) < count ? Int(tokens[index]) : 0
      let row = lease.scratch.matrix(rows: 1, columns: table.rowLength)
      try row.decode(table, rows: token..<token + 1, &lease.scratch.payloads)
      let own = embedding.rows(index..<index + 1)
      own.add(row.columns(columns), scale: scale)
      own.scale(by: average)
    }
  }
}
