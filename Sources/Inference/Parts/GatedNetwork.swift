internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A feed-forward network that every token passes: down(activation(gate) × up).
struct GatedNetwork: LayerPart {
  let weights: GatedWeights
  let activation: inference_activation

  static let role = PartRole.network

  static func find(_ site: LayerSite) throws(InferenceError) -> GatedNetwork? {
    guard site.has("ffn_down.weight") else { return nil }
    // Phi-2's files name another length than their tensors have.
    let inner = site.rowLength("ffn_down.weight") ?? 0
    let gate: GatedWeights.Gate =
      if site.has("ffn_gate.weight") {
        .separate
      } else {
        site.rows("ffn_up.weight") == 2 * inner ? .fused : .none
      }
    return GatedNetwork(
      weights: try GatedWeights(site, gate, suffix: "", inner: inner),
      activation: site.traits.activation.kernel)
  }

  var linears: [Linear] { weights.linears }

  var need: PartNeed { PartNeed(wide: weights.wideColumns) }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    try weights.run(input, activation, on: walk, into: output)
  }
}

/// Gate, up and down: of a network, of an expert.
struct GatedWeights: Sendable {
  /// Where the gate comes from.
  enum Gate: Hashable, Sendable {
    /// down(activation(up(x)))
    case none
    /// down(activation(gate(x)) × up(x))
    case separate
    /// Gate and up are one tensor (`ffn_up`), the gate first.
    case fused
  }

  /// What makes gate and up of a hidden state, one after another in a row; or up alone.
  let inputs: [Linear]
  let down: Linear
  /// Whether there is a gate.
  let isGated: Bool

  init(
    _ site: LayerSite, _ gate: Gate, suffix: String, inner: Int
  ) throws(InferenceError) {
    let up = "ffn_up\(suffix).weight"
    switch gate {
    case .none: inputs = [try site.linear(up, outputs: inner, inputs: site.width)]
    case .fused: inputs = [try site.linear(up, outputs: 2 * inner, inputs: site.width)]
    case .separate:
      inputs = [
        try site.linear("ffn_gate\(suffix).weight", outputs: inner, inputs: site.width),
        try site.linear(up, outputs: inner, inputs: site.width),
      ]
    }
    isGated = gate != .none
    down = try site.linear("ffn_down\(suffix).weight", outputs: site.width, inputs: inner)
  }

  /// Gate and up that are there already: an expert's.
  init(inputs: [Linear], down: Linear, isGated: Bool) {
    self.inputs = inputs
    self.down = down
    self.isGated = isGated
  }

  /// All matrices.
  var linears: [Linear] { inputs + [down] }

  /// Columns of gate and up together.
  var wideColumns: Int { inputs.reduce(0) { $0 + $1.outputs } }

  /// output (+)= down(activation(gate) × up); gate and up lie in the wide memory from a place on.
  func run(
    _ input: Matrix, _ kind: inference_activation, on walk: DecoderWalk, from place: Int = 0,
    into output: Destination
  ) throws(FormatError) {
    let wide = Matrix(walk.space.wide, from: place, rows: input.rows, columns: wideColumns)
    var pairs: [(weights: Linear, output: Matrix)] = []
    var column = 0
    for linear in inputs {
      pairs.append((linear, wide.columns(column..<column + linear.outputs)))
      column += linear.outputs
    }
    try walk.multiply(input, pairs)
    let inner = down.inputs
    let gate = wide.columns(0..<inner)
    let up = isGated ? wide.columns(inner..<2 * inner) : nil
    walk.forRows(wide.rows) { gate.rows($0).activate(kind, times: up?.rows($0)) }
    try walk.multiply(gate, [(down, output)])
  }
}

extension DecoderTraits.Activation {
  /// The kernel's name of the nonlinearity.
  var kernel: inference_activation {
    switch self {
    case .silu: INFERENCE_SILU
    case .geluTanh: INFERENCE_GELU_TANH
    case .geluErf: INFERENCE_GELU_ERF
    case .relu: INFERENCE_RELU
    case .reluSquared: INFERENCE_RELU_SQUARED
    case .clampedSwiGLU: INFERENCE_CLAMPED_SWIGLU
    }
  }
}
