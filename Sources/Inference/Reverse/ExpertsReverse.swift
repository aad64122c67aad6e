internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

/// A mixture of experts and its reverse: which experts a token has is held, what they weigh is not.
struct ExpertsReverse: PartReverse {
  let weights: Experts
  let router: DenseLinear
  let experts: [GatedReverse]
  let shared: GatedReverse?
  let sharedGate: DenseLinear?

  /// What the reverse needs of the forward pass.
  struct Tape: Sendable {
    let input: Matrix
    let scores: Matrix
    /// The tokens of each expert, with their weights, what it saw and what it gave.
    var chosen: [(expert: Int, choices: [DecoderWalk.Choice], tape: any Sendable, result: Matrix)]
    var shared: (tape: any Sendable, result: Matrix, gate: Matrix?)?
  }

  init(
    _ weights: Experts, _ kind: inference_activation, workers: Int
  ) throws(FormatError) {
    self.weights = weights
    router = try DenseLinear(weights.router, workers: workers)
    var experts: [GatedReverse] = []
    for expert in weights.experts {
      experts.append(try GatedReverse(expert, kind, workers: workers))
    }
    self.experts = experts
    if let own = weights.shared {
      shared = try GatedReverse(own, kind, workers: workers)
    } else {
      shared = nil
    }
    if let gate = weights.sharedGate {
      sharedGate = try DenseLinear(gate, workers: workers)
    } else {
      sharedGate = nil
    }
  }

  /// Factor of all that is added.
  private var factor: Float { weights.description.averagesShared ? 0.5 : 1 }
  private var weighsInputs: Bool { weights.description.weighsInputs }

  func apply(_ input: Matrix, into output: Matrix) -> any Sendable {
    let scores = Matrix.zeros(input.rows, router.linear.outputs)
    router.apply(input, into: scores)
    var byExpert = [[DecoderWalk.Choice]](repeating: [], count: experts.count)
    for token in 0..<input.rows {
      // Choosing may turn scores into weights.
      let own = scores.rows(token..<token + 1).copied
      for choice in weights.choose(own, token: token) { byExpert[choice.expert].append(choice) }
    }
    var tape = Tape(input: input, scores: scores, chosen: [], shared: nil)
    for (expert, choices) in byExpert.enumerated() where !choices.isEmpty {
      let gathered = gather(input, choices, weighed: weighsInputs)
      let result = Matrix.zeros(choices.count, output.columns)
      let own = experts[expert].apply(gathered, into: result)
      for (row, choice) in choices.enumerated() {
        output.rows(choice.token..<choice.token + 1)
          .add(result.rows(row..<row + 1), scale: (weighsInputs ? 1 : choice.weight) * factor)
      }
      tape.chosen.append((expert, choices, own, result))
    }
    if let shared {
      let result = Matrix.zeros(input.rows, output.columns)
      let own = shared.apply(input, into: result)
      let gate = sharedGate.map { linear in
        let gate = Matrix.zeros(input.rows, 1)
        linear.apply(input, into: gate)
        gate.activate(INFERENCE_SIGMOID, times: nil)
        return gate
      }
      for row in 0..<input.rows {
        output.rows(row..<row + 1)
          .add(result.rows(row..<row + 1), scale: (gate?[row, 0] ?? 1) * factor)
      }
      tape.shared = (own, result, gate)
    }
    return tape
  }

  /// The rows of some tokens.
  private func gather(
    _ rows: Matrix, _ choices: [DecoderWalk.Choice], weighed: Bool
  ) -> Matrix {
    let result = Matrix.zeros(choices.count, rows.columns)
    for (row, choice) in choices.enumerated() {
      result.rows(row..<row + 1)
        .add(rows.rows(choice.token..<choice.token + 1), scale: weighed ? choice.weight : 1)
    }
    return result
  }

  func reverse(
    _ gradient: Matrix, _ tape: any Sendable, _ store: GradientStore, first: Int,
    into input: Matrix
  ) {
    guard let tape = tape as? Tape else { preconditionFailure("another part's tape") }
    // Of each token: its experts, and the gradients at their weights.
    var routed = [[(expert: Int, gradient: Float)]](repeating: [], count: gradient.rows)
    for (expert, choices, own, result) in tape.chosen {
      let gathered = gather(gradient, choices, weighed: false)
      gathered.scale(by: factor)
      let inner = Matrix.zeros(choices.count, input.columns)
      if !weighsInputs {
        for (row, choice) in choices.enumerated() {
          routed[choice.token].append((expert, gathered.product(row: row, with: result, row: row)))
          gathered.rows(row..<row + 1).scale(by: choice.weight)
        }
      }
      experts[expert].reverse(gathered, own, into: inner) {
        store.recordExpert($0, $1, first: first)
      }
      for (row, choice) in choices.enumerated() {
        if weighsInputs {
          routed[choice.token].append(
            (expert, inner.product(row: row, with: tape.input, row: choice.token)))
        }
        input.rows(choice.token..<choice.token + 1)
          .add(inner.rows(row..<row + 1), scale: weighsInputs ? choice.weight : 1)
      }
    }
    let scores = Matrix.zeros(gradient.rows, router.linear.outputs)
    for (row, chosen) in routed.enumerated() {
      weights.reverseChoice(
        tape.scores.rows(row..<row + 1), chosen, into: scores.rows(row..<row + 1))
    }
    store.record(router.linear, scores, first: first)
    router.reverse(scores, addingTo: input)
    reverseShared(gradient, tape, store, first: first, into: input)
  }

  private func reverseShared(
    _ gradient: Matrix, _ tape: Tape, _ store: GradientStore, first: Int, into input: Matrix
  ) {
    guard let shared, let own = tape.shared else { return }
    let outer = gradient.copied
    outer.scale(by: factor)
    if let sharedGate, let gate = own.gate {
      let slopes = Matrix.zeros(gradient.rows, 1)
      for row in 0..<gradient.rows {
        let weight = gate[row, 0]
        slopes[row, 0] =
          outer.product(row: row, with: own.result, row: row) * weight * (1 - weight)
        outer.rows(row..<row + 1).scale(by: weight)
      }
      store.record(sharedGate.linear, slopes, first: first)
      sharedGate.reverse(slopes, addingTo: input)
    }
    shared.reverse(outer, own.tape, store, first: first, into: input)
  }
}

extension Experts: ReversiblePart {
  var obstacle: String? {
    if description.routing == .sparseMixer { return "sparse mixers have no reverse yet" }
    if routerNorm != nil { return "routers that see other states have no reverse yet" }
    if latent != nil { return "experts that see smaller vectors have no reverse yet" }
    if description.isNormalized, description.normOrder != 1 {
      return "weights of experts under another norm have no reverse yet"
    }
    return activation.reversibleKernel == nil
      ? "this activation of experts has no reverse yet" : nil
  }

  func decoded(on walk: DecoderWalk, workers: Int) throws(FormatError) -> any PartReverse {
    guard let kernel = activation.reversibleKernel else {
      preconditionFailure("an activation without a reverse")
    }
    return try ExpertsReverse(self, kernel, workers: workers)
  }

  /// The gradient at a token's scores, [1, experts], from those at the weights of its experts.
  fileprivate func reverseChoice(
    _ scores: Matrix, _ chosen: [(expert: Int, gradient: Float)], into target: Matrix
  ) {
    let own = scores.copied
    var values: [Float]
    switch description.routing {
    case .sigmoid:
      own.activate(INFERENCE_SIGMOID, times: nil)
      values = chosen.map { own[0, $0.expert] }
    case .softmaxOfChosen:
      let part = Matrix(chosen.map { own[0, $0.expert] })
      part.softmax(row: 0, keys: 0..<chosen.count, query: 0, inference_softmax_options())
      values = part.array
    case .softmax, .sparseMixer:
      own.softmax(row: 0, keys: 0..<own.columns, query: 0, inference_softmax_options())
      values = chosen.map { own[0, $0.expert] }
    }
    var gradients = chosen.map { $0.gradient * description.scale }
    if description.isNormalized {
      let sum = values.reduce(0, +)
      let least: Float = 6.103515625e-5
      let along = sum > least ? zip(gradients, values).reduce(0) { $0 + $1.0 * $1.1 } / sum : 0
      gradients = gradients.map { ($0 - along) / max(sum, least) }
    }
    let mean = zip(gradients, values).reduce(0) { $0 + $1.0 * $1.1 }
    if description.routing == .softmax { target.add(own, scale: -mean) }
    for (index, choice) in chosen.enumerated() {
      let (value, gradient) = (values[index], gradients[index])
      let slope: Float =
        switch description.routing {
        case .sigmoid: value * (1 - value) * gradient
        case .softmaxOfChosen: value * (gradient - mean)
        case .softmax, .sparseMixer: value * gradient
        }
      target[0, choice.expert] += slope
    }
  }
}
