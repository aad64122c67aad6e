internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

extension DecoderWalk {
  /// The feed-forward network of a layer: [tokens, width] → [tokens, width].
  func transform(
    _ input: Matrix, _ weights: NetworkWeights, into output: Destination
  ) throws(FormatError) {
    let kind = weights.description.activation.kernel
    if let dense = weights.dense {
      try pass(input, dense, kind, into: output)
    } else if !output.adds {
      output.matrix.clear()
    }
    if let experts = weights.experts { try consult(input, experts, kind, addingTo: output) }
  }

  /// output = down(activation(gate) × up); gate and up lie in `wide` from a place on.
  func pass(
    _ input: Matrix, _ weights: GatedWeights, _ kind: inference_activation, from place: Int = 0,
    into output: Destination
  ) throws(FormatError) {
    let wide = Matrix(
      space.wide, from: place, rows: input.rows, columns: weights.wideColumns)
    var pairs: [(weights: Linear, output: Matrix)] = []
    var column = 0
    for linear in weights.inputs {
      pairs.append((linear, wide.columns(column..<column + linear.outputs)))
      column += linear.outputs
    }
    try multiply(input, pairs)
    let inner = weights.down.inputs
    let gate = wide.columns(0..<inner)
    let up = weights.isGated ? wide.columns(inner..<2 * inner) : nil
    forRows(wide.rows) { gate.rows($0).activate(kind, times: up?.rows($0)) }
    try multiply(gate, [(weights.down, output)])
  }
}

extension FeedForwardDescription.Activation {
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
