internal import CWeighbridgeKernels
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A gated or plain network and its reverse.
struct GatedReverse: PartReverse {
  let inputs: [DenseLinear]
  let down: DenseLinear
  let isGated: Bool
  let kind: inference_activation

  /// What the reverse needs of the forward pass.
  struct Tape: Sendable {
    /// Gate and up, before the activation.
    let wide: Matrix
  }

  init(
    _ weights: GatedWeights, _ kind: inference_activation, workers: Int
  ) throws(FormatError) {
    var inputs: [DenseLinear] = []
    for linear in weights.inputs { inputs.append(try DenseLinear(linear, workers: workers)) }
    self.inputs = inputs
    down = try DenseLinear(weights.down, workers: workers)
    isGated = weights.isGated
    self.kind = kind
  }

  func apply(_ input: Matrix, into result: Matrix) -> any Sendable {
    let wide = Matrix.zeros(input.rows, inputs.reduce(0) { $0 + $1.linear.outputs })
    var column = 0
    for linear in inputs {
      linear.apply(input, into: wide.columns(column..<column + linear.linear.outputs))
      column += linear.linear.outputs
    }
    let inner = down.linear.inputs
    let active = wide.columns(0..<inner).copied
    active.activate(kind, times: isGated ? wide.columns(inner..<2 * inner) : nil)
    down.apply(active, into: result)
    return Tape(wide: wide)
  }

  func reverse(
    _ gradient: Matrix, _ tape: any Sendable, _ store: GradientStore, first: Int,
    into input: Matrix
  ) {
    reverse(gradient, tape, into: input) { store.record($0, $1, first: first) }
  }

  /// The same; `record` sees the gradient at the output of every matrix.
  func reverse(
    _ gradient: Matrix, _ tape: any Sendable, into input: Matrix,
    record: (Linear, Matrix) -> Void
  ) {
    guard let tape = tape as? Tape else { preconditionFailure("another part's tape") }
    record(down.linear, gradient)
    let inner = Matrix.zeros(gradient.rows, down.linear.inputs)
    down.reverse(gradient, addingTo: inner)
    let wide = Matrix.zeros(gradient.rows, tape.wide.columns)
    wide.reverseActivation(kind, wide: tape.wide, gradient: inner, isGated: isGated)
    var column = 0
    for linear in inputs {
      let part = wide.columns(column..<column + linear.linear.outputs)
      record(linear.linear, part)
      linear.reverse(part, addingTo: input)
      column += linear.linear.outputs
    }
  }
}

extension GatedNetwork: ReversiblePart {
  var obstacle: String? {
    if weights.cut != nil { return "gates that are cut have no reverse yet" }
    return activation.reversibleKernel == nil
      ? "this activation of a network has no reverse yet" : nil
  }

  func decoded(on walk: DecoderWalk, workers: Int) throws(FormatError) -> any PartReverse {
    guard let kernel = activation.reversibleKernel else {
      preconditionFailure("an activation without a reverse")
    }
    return try GatedReverse(weights, kernel, workers: workers)
  }
}

extension Nonlinearity {
  /// The activation's kernel, of those whose slopes are known.
  var reversibleKernel: inference_activation? {
    guard case .function(let function) = self else { return nil }
    return switch function {
    case .silu, .geluTanh, .geluErf, .relu, .reluSquared, .sigmoid: function.kernel
    default: nil
    }
  }
}
