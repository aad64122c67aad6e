internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A gated delta net, as in Qwen 3 Next and 3.5: how large it is.
struct GatedDeltaNetDescription: Hashable, Sendable {
  /// Heads of queries and keys.
  var keyHeads: Int
  /// Heads of values.
  var valueHeads: Int
  /// Elements of a query and a key.
  var keyWidth: Int
  /// Elements of a value.
  var valueWidth: Int
  /// Tokens that the convolution spans.
  var taps: Int
  /// The nonlinearity of what the convolution gives.
  var activation = ActivationFunction.silu

  /// Columns of queries, of keys.
  var keys: Int { keyHeads * keyWidth }
  /// Columns of values.
  var values: Int { valueHeads * valueWidth }
}

/// Linear attention whose state forgets, and gives up what it held for a key before it takes a value.
///
/// As src/models/delta-net-base.cpp of llama.cpp and modeling_qwen3_next.py of transformers.
struct GatedDeltaNet: LayerPart {
  let description: GatedDeltaNetDescription
  /// Hidden state to queries, keys and values.
  let input: Linear
  /// Hidden state to the gate of the output.
  let gate: Linear
  /// Hidden state to how much is forgotten and how strongly is learned: two matrices, or one whose rows
  /// are both, key head by key head.
  let rates: [Linear]
  let output: Linear
  /// Taps of every channel, [1, channels × taps].
  let convolution: Matrix
  /// What makes decays of the first rates.
  let steps: TimeSteps
  /// Of each head's output.
  let norm: NormWeights
  /// Makes queries and keys of length 1.
  let unit: NormWeights

  static let role = PartRole.mixer

  static func find(_ site: LayerSite) throws(InferenceError) -> GatedDeltaNet? {
    guard shows(site) else { return nil }
    var description = try GatedDeltaNetDescription(site)
    for setting in site.facts.settings { description.follow(setting) }
    return try GatedDeltaNet(description, site)
  }

  /// Whether a layer has a delta net.
  static func shows(_ site: LayerSite) -> Bool {
    site.has("ssm_out.weight") && (site.has("ssm_beta.weight") || site.has("ssm_ba.weight"))
      && site.has("attn_qkv.weight")
  }

  private init(_ d: GatedDeltaNetDescription, _ site: LayerSite) throws(InferenceError) {
    description = d
    let width = site.width
    let channels = 2 * d.keys + d.values
    input = try site.linear("attn_qkv.weight", outputs: channels, inputs: width)
    gate = try site.linear("attn_gate.weight", outputs: d.values, inputs: width)
    if site.has("ssm_ba.weight") {
      rates = [try site.linear("ssm_ba.weight", outputs: 2 * d.valueHeads, inputs: width)]
    } else {
      rates = [
        try site.linear("ssm_alpha.weight", outputs: d.valueHeads, inputs: width),
        try site.linear("ssm_beta.weight", outputs: d.valueHeads, inputs: width),
      ]
    }
    output = try site.linear("ssm_out.weight", outputs: width, inputs: d.values)
    convolution = try site.required("ssm_conv1d.weight", length: channels * d.taps)
    steps = TimeSteps(
      biases: try site.required("ssm_dt.bias", length: d.valueHeads),
      rates: try site.required("ssm_a", length: d.valueHeads))
    norm = NormWeights(
      weight: try site.required("ssm_norm.weight", length: d.valueWidth), bias: nil,
      kind: site.normalization)
    unit = NormWeights.unit(width: d.keyWidth)
  }

  var linears: [Linear] { [input, gate, output] + rates }

  var need: PartNeed {
    // Channels before and after the convolution, the gate, the rates twice.
    PartNeed(
      wide: 2 * input.outputs + description.values + 5 * description.valueHeads,
      mixed: description.values)
  }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let d = description
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    var column = 0
    func take(_ count: Int) -> Matrix {
      column += count
      return wide.columns(column - count..<column)
    }
    let channels = take(self.input.outputs)
    let convolved = take(self.input.outputs)
    let gates = take(d.values)
    let both = take(2 * d.valueHeads)
    let (forgets, decays, strengths) = (take(d.valueHeads), take(d.valueHeads), take(d.valueHeads))
    var pairs: [(weights: Linear, output: Matrix)] = [(self.input, channels), (gate, gates)]
    if rates.count == 1 {
      pairs.append((rates[0], both))
    } else {
      pairs += [(rates[0], forgets), (rates[1], strengths)]
    }
    try walk.multiply(input, pairs)
    walk.forChannels(channels.columns) { window, part in
      convolved.rows(window).columns(part).convolve(
        channels.rows(window).columns(part), convolution, nil, first: part.lowerBound,
        taps: d.taps, d.activation)
    }
    walk.forRows(wide.rows) { rows in
      if rates.count == 1 { share(both.rows(rows), forgets.rows(rows), strengths.rows(rows)) }
      steps.read(forgets.rows(rows), decays: decays.rows(rows))
      strengths.rows(rows).activate(INFERENCE_SIGMOID, times: nil)
      convolved.columns(0..<2 * d.keys).rows(rows).normalize(heads: 2 * d.keyHeads, unit)
    }
    let mixed = walk.matrix(walk.space.mixed, columns: d.values)
    Recurrence(
      heads: d.valueHeads, groups: d.keyHeads, isGrouped: rates.count == 1, isDelta: true,
      scale: 1 / Float(d.keyWidth).squareRoot()
    ).run(
      queries: convolved.columns(0..<d.keys), keys: convolved.columns(d.keys..<2 * d.keys),
      values: convolved.columns(2 * d.keys..<convolved.columns), decays: decays,
      strengths: strengths, on: walk, into: mixed)
    walk.forRows(mixed.rows) { rows in
      mixed.rows(rows).normalize(heads: d.valueHeads, norm)
      gates.rows(rows).activate(INFERENCE_SILU, times: mixed.rows(rows))
    }
    try walk.multiply(gates, [(weights: self.output, output: output)])
  }

  /// Takes rates of one matrix apart: of each key head β of its value heads, then α of them.
  private func share(_ both: Matrix, _ forgets: Matrix, _ strengths: Matrix) {
    let share = description.valueHeads / description.keyHeads
    for head in 0..<description.keyHeads {
      let (start, columns) = (2 * head * share, head * share..<(head + 1) * share)
      strengths.columns(columns).copy(both.columns(start..<start + share))
      forgets.columns(columns).copy(both.columns(start + share..<start + 2 * share))
    }
  }
}

extension GatedDeltaNetDescription {
  /// Reads the metadata.
  init(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    self = try describing { () throws(ModelError) in
      let heads = try facts.count("ssm.time_step_rank")
      let (groups, inner) = (try facts.count("ssm.group_count"), try facts.count("ssm.inner_size"))
      guard heads % groups == 0, inner % heads == 0 else {
        throw ModelError(
          .invalidMetadata, facts.key("ssm.group_count"),
          "\(inner) elements of \(heads) value heads cannot share \(groups) key heads")
      }
      return GatedDeltaNetDescription(
        keyHeads: groups, valueHeads: heads, keyWidth: try facts.count("ssm.state_size"),
        valueWidth: inner / heads, taps: try site.taps())
    }
  }

  /// Follows a setting of the configuration.
  mutating func follow(_ setting: ComputationSetting) {
    if case .activation(let function) = setting { activation = function }
  }
}

extension NormWeights {
  /// Makes vectors of length 1, as transformers' `l2norm` with its ε:
  /// x/√(Σ x² + ε) = x/√(mean x² + ε/n) × 1/√n.
  static func unit(width: Int) -> NormWeights {
    let share = 1 / Float(width)
    return NormWeights(
      weight: Matrix([Float](repeating: share.squareRoot(), count: width)), bias: nil,
      kind: DecoderDescription.Normalization(kind: .rootMeanSquare, epsilon: 1e-6 * share))
  }
}

extension Matrix {
  /// Normalizes each head's columns by themselves, with one weight for all heads.
  func normalize(heads: Int, _ norm: NormWeights) {
    let width = columns / heads
    for head in 0..<heads {
      let part = self.columns(head * width..<(head + 1) * width)
      part.normalize(part, norm)
    }
  }
}
