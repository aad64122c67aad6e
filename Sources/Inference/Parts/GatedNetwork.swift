internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A feed-forward network that every token passes: down(activation(gate) × up).
struct GatedNetwork: LayerPart {
  let weights: GatedWeights
  let activation: Nonlinearity

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
    var weights = try GatedWeights(site, gate, suffix: "", inner: inner)
    // Minus infinity says that a layer keeps everything (Gemma 3n).
    let cut = site.facts.float("activation_sparsity_scale", layer: site.index)
    weights.cut = cut.flatMap { $0.isFinite ? $0 : nil }
    return GatedNetwork(weights: weights, activation: try Nonlinearity(site))
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
  /// Of the gate only what lies so many standard deviations above its mean counts; nil for all.
  var cut: Float?

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
    _ input: Matrix, _ kind: Nonlinearity, on walk: DecoderWalk, from place: Int = 0,
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
    let cut = cut
    walk.forRows(wide.rows) { rows in
      if let cut { gate.rows(rows).cut(deviations: cut) }
      gate.rows(rows).activate(kind, times: up?.rows(rows))
    }
    try walk.multiply(gate, [(down, output)])
  }
}

/// The nonlinearity of a network.
enum Nonlinearity: Hashable, Sendable {
  case function(ActivationFunction)
  /// min(x, limit) × sigmoid(factor x) × (clamp(up, ±limit) + 1)
  case clamped(factor: Float, limit: Float)
  /// a x² + β x above 0; c (e^min(x, ε) − 1 − x) + β x below
  case integratedELU(above: Float, below: Float, linear: Float, epsilon: Float)

  /// The family's.
  init(described site: LayerSite) throws(InferenceError) {
    if site.traits.activation == .integratedELU {
      self = try describing { () throws(ModelError) in try Nonlinearity(integratedELU: site) }
      return
    }
    let isGated = site.has("ffn_gate.weight") || site.has("ffn_gate_inp.weight")
    let other = isGated ? nil : site.traits.ungatedActivation
    self.init(other ?? site.traits.activation)
  }

  /// The family's, or what the configuration says.
  init(_ site: LayerSite) throws(InferenceError) {
    try self.init(described: site)
    for setting in site.facts.settings { follow(setting) }
  }

  init(_ activation: DecoderTraits.Activation) {
    self =
      switch activation {
      case .silu: .function(.silu)
      case .geluTanh: .function(.geluTanh)
      case .geluErf: .function(.geluErf)
      case .relu: .function(.relu)
      case .reluSquared: .function(.reluSquared)
      case .clampedSwiGLU: .clamped(factor: 1.702, limit: 7)
      case .integratedELU: .function(.linear)
      }
  }
}

extension Matrix {
  /// Of each row only what lies so many standard deviations above its mean is left.
  func cut(deviations: Float) {
    for row in 0..<rows { unsafe inference_gaussian_cut(pointer(row: row), columns, deviations) }
  }

  /// self = activation(self) × up, row by row; a missing `up` is all ones.
  func activate(_ activation: Nonlinearity, times up: Matrix?) {
    switch activation {
    case .function(let function): activate(function.kernel, times: up)
    case .integratedELU(let above, let below, let linear, let epsilon):
      for row in 0..<rows {
        unsafe inference_integrated_elu(
          pointer(row: row), columns, above, below, linear, epsilon)
      }
      if let up { activate(INFERENCE_LINEAR, times: up) }
    case .clamped(let factor, let limit):
      precondition(up.map { $0.rows == rows && $0.columns == columns } ?? false)
      guard let up else { return }
      for row in 0..<rows {
        unsafe inference_clamped_gate(
          pointer(row: row), pointer(row: row), up.pointer(row: row), columns, factor, limit)
      }
    }
  }
}

extension ActivationFunction {
  /// The kernel's name of the nonlinearity.
  var kernel: inference_activation {
    switch self {
    case .silu: INFERENCE_SILU
    case .geluTanh: INFERENCE_GELU_TANH
    case .geluErf: INFERENCE_GELU_ERF
    case .geluClipped: INFERENCE_GELU_CLIPPED
    case .quickGELU: INFERENCE_GELU_QUICK
    case .relu: INFERENCE_RELU
    case .reluSquared: INFERENCE_RELU_SQUARED
    case .relu6: INFERENCE_RELU6
    case .leakyRelu: INFERENCE_RELU_LEAKY
    case .sigmoid: INFERENCE_SIGMOID
    case .tanh: INFERENCE_TANH
    case .laplace: INFERENCE_LAPLACE
    case .mish: INFERENCE_MISH
    case .hardSwish: INFERENCE_HARD_SWISH
    case .linear: INFERENCE_LINEAR
    case .rootOfSoftplus: INFERENCE_SOFTPLUS_ROOT
    }
  }
}
