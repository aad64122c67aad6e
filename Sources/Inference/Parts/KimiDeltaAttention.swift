internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Kimi's delta attention: how large it is.
struct KimiDeltaDescription: Hashable, Sendable {
  /// Heads.
  var heads: Int
  /// Elements of a query, a key and a value.
  var width: Int
  /// Tokens that the convolutions span.
  var taps: Int
  /// Elements between the two matrices that make the decays.
  var decayRank: Int
  /// Elements between the two matrices that make the gates.
  var gateRank: Int
  /// The nonlinearity of what the convolutions give.
  var activation = ActivationFunction.silu

  /// Columns of queries, of keys, of values.
  var inner: Int { heads * width }
}

/// A gated delta net each element of whose keys is forgotten by itself (Kimi Linear).
///
/// As src/models/kimi-linear.cpp of llama.cpp and modeling_kimi_linear.py of transformers.
struct KimiDeltaAttention: LayerPart {
  let description: KimiDeltaDescription
  /// Hidden state to queries, keys and values.
  let inputs: [Linear]
  /// Taps of every channel of queries, keys and values, [1, inner × taps].
  let convolutions: [Matrix]
  /// Hidden state to what is forgotten, by way of a small vector.
  let decay: (down: Linear, up: Linear)
  /// Hidden state to the gate of the output, by way of a small vector.
  let gate: (down: Linear, up: Linear)
  /// Hidden state to how strongly is learned.
  let strength: Linear
  let output: Linear
  let steps: TimeSteps
  /// Of each head's output.
  let norm: NormWeights

  static let role = PartRole.mixer

  static func find(_ site: LayerSite) throws(InferenceError) -> KimiDeltaAttention? {
    guard shows(site) else { return nil }
    var description = try KimiDeltaDescription(site)
    for setting in site.facts.settings { description.follow(setting) }
    return try KimiDeltaAttention(description, site)
  }

  /// Whether a layer has such a mixer.
  static func shows(_ site: LayerSite) -> Bool { site.has("ssm_f_a.weight") }

  private init(_ d: KimiDeltaDescription, _ site: LayerSite) throws(InferenceError) {
    description = d
    let (width, inner) = (site.width, d.inner)
    inputs = try ["q", "k", "v"].map { (name) throws(InferenceError) in
      try site.linear("attn_\(name).weight", outputs: inner, inputs: width)
    }
    convolutions = try ["q", "k", "v"].map { (name) throws(InferenceError) in
      try site.required("ssm_conv1d_\(name).weight", length: inner * d.taps)
    }
    decay = (
      try site.linear("ssm_f_a.weight", outputs: d.decayRank, inputs: width),
      try site.linear("ssm_f_b.weight", outputs: inner, inputs: d.decayRank)
    )
    gate = (
      try site.linear("ssm_g_a.weight", outputs: d.gateRank, inputs: width),
      try site.linear("ssm_g_b.weight", outputs: inner, inputs: d.gateRank)
    )
    strength = try site.linear("ssm_beta.weight", outputs: d.heads, inputs: width)
    output = try site.linear("attn_output.weight", outputs: width, inputs: inner)
    steps = TimeSteps(
      biases: try site.required("ssm_dt.bias", length: inner),
      rates: try site.required("ssm_a", length: d.heads), share: d.width)
    norm = NormWeights(
      weight: try site.required("ssm_norm.weight", length: d.width), bias: nil,
      kind: site.normalization)
  }

  var linears: [Linear] {
    inputs + [decay.down, decay.up, gate.down, gate.up, strength, output]
  }

  var need: PartNeed {
    let d = description
    // Queries, keys and values before and after the convolution, steps, decays, gates, small vectors.
    return PartNeed(wide: 9 * d.inner + d.decayRank + d.gateRank + d.heads, mixed: d.inner)
  }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let d = description
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    var column = 0
    func take(_ count: Int) -> Matrix {
      column += count
      return wide.columns(column - count..<column)
    }
    let raw = (0..<3).map { _ in take(d.inner) }
    let convolved = (0..<3).map { _ in take(d.inner) }
    let (forgets, decays, gates) = (take(d.inner), take(d.inner), take(d.inner))
    let (small, smallGate, strengths) = (take(d.decayRank), take(d.gateRank), take(d.heads))
    try walk.multiply(
      input,
      zip(inputs, raw).map { (weights: $0, output: $1) } + [
        (decay.down, small), (gate.down, smallGate), (strength, strengths),
      ])
    try walk.multiply(small, [(decay.up, forgets)])
    try walk.multiply(smallGate, [(gate.up, gates)])
    for index in 0..<3 {
      walk.forChannels(d.inner) { window, part in
        convolved[index].rows(window).columns(part).convolve(
          raw[index].rows(window).columns(part), convolutions[index], nil,
          first: part.lowerBound, taps: d.taps, d.activation)
      }
    }
    let unit = NormWeights.unit(width: d.width)
    walk.forRows(wide.rows) { rows in
      steps.read(forgets.rows(rows), decays: decays.rows(rows))
      strengths.rows(rows).activate(INFERENCE_SIGMOID, times: nil)
      for index in 0..<2 { convolved[index].rows(rows).normalize(heads: d.heads, unit) }
    }
    let mixed = walk.matrix(walk.space.mixed, columns: d.inner)
    Recurrence(
      heads: d.heads, groups: d.heads, isGrouped: true, isDelta: true,
      scale: 1 / Float(d.width).squareRoot()
    ).run(
      queries: convolved[0], keys: convolved[1], values: convolved[2], decays: decays,
      strengths: strengths, on: walk, into: mixed)
    walk.forRows(mixed.rows) { rows in
      mixed.rows(rows).normalize(heads: d.heads, norm)
      gates.rows(rows).activate(INFERENCE_SIGMOID, times: mixed.rows(rows))
    }
    try walk.multiply(gates, [(weights: self.output, output: output)])
  }
}

extension KimiDeltaDescription {
  /// Reads the metadata and the shapes of tensors.
  init(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    self = try describing { () throws(ModelError) in
      let width = try facts.count("kda.head_dim")
      guard let heads = site.elements("ssm_a"), heads > 0, heads <= 1 << 20,
        let decayRank = site.rows("ssm_f_a.weight"), let gateRank = site.rows("ssm_g_a.weight")
      else {
        throw ModelError(
          .missingTensor, site.prefix + "ssm_a",
          "decays, gates and their small matrices belong here")
      }
      return KimiDeltaDescription(
        heads: heads, width: width, taps: try site.taps(),
        decayRank: decayRank, gateRank: gateRank)
    }
  }

  /// Follows a setting of the configuration.
  mutating func follow(_ setting: ComputationSetting) {
    if case .activation(let function) = setting { activation = function }
  }
}
