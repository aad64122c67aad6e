internal import WeighbridgeByteIO

extension Layer {
  /// The norms around its parts.
  var norms: [NormWeights] {
    stages.flatMap { stage in
      [stage.norm] + stage.branches.flatMap { [$0.before, $0.after] }
    }.compactMap { $0 }
  }

  /// The matrices that every token meets.
  var commonLinears: [Linear] {
    let experts = Set(
      expertLinears.compactMap { linear in linear.tensor.map { MatrixKey($0, part: linear.part) } })
    guard !experts.isEmpty else { return linears }
    return linears.filter { linear in
      linear.tensor.map { !experts.contains(MatrixKey($0, part: linear.part)) } ?? true
    }
  }

  /// The matrices of experts, which meet only some tokens.
  var expertLinears: [Linear] {
    stages.flatMap { stage in
      stage.branches.flatMap { branch in
        (branch.part as? Experts)?.experts.flatMap(\.linears) ?? []
      }
    }
  }
}

/// One layer's forward pass over a window, and its reverse.
///
/// It holds all matrices of the layer, decoded.
struct LayerReverse: Sendable {
  /// A stage with its parts decoded.
  private struct Stage {
    let stage: LayerStage
    let parts: [any PartReverse]
  }

  /// What the reverse needs of a stage's forward pass.
  private struct Tape {
    let input: Matrix
    /// What each part gave, before the norm behind it, and what it kept.
    var results: [Matrix] = []
    var tapes: [any Sendable] = []
    /// The sum of the parts.
    let sum: Matrix
    /// The hidden states before the norm that follows the sum.
    let output: Matrix
  }

  private let stages: [Stage]

  /// Why a layer has no reverse; nil where it has one.
  static func obstacle(_ layer: Layer) -> String? {
    if layer.streams != nil { return "several streams of hidden states have no reverse yet" }
    for stage in layer.stages {
      if stage.outputScale != 1 { return "scaled hidden states have no reverse yet" }
      if stage.addsToNormalized { return "sums onto a normalized input have no reverse yet" }
      for branch in stage.branches {
        guard let part = branch.part as? any ReversiblePart else {
          return "\(type(of: branch.part)) has no reverse yet"
        }
        if let obstacle = part.obstacle { return obstacle }
      }
    }
    return nil
  }

  init(_ layer: Layer, _ walk: DecoderWalk, workers: Int) throws(FormatError) {
    var stages: [Stage] = []
    for stage in layer.stages {
      var parts: [any PartReverse] = []
      for branch in stage.branches {
        guard let part = branch.part as? any ReversiblePart else {
          preconditionFailure("a layer without a reverse")
        }
        parts.append(try part.decoded(on: walk, workers: workers))
      }
      stages.append(Stage(stage: stage, parts: parts))
    }
    self.stages = stages
  }

  /// Turns the gradient at a window's output into that at its input; both are [tokens, width].
  func reverse(_ input: Matrix, _ gradient: Matrix, _ store: GradientStore, first: Int) {
    var tapes: [Tape] = []
    var states = input
    for stage in stages {
      let tape = forward(stage, states)
      states = tape.output
      if let norm = stage.stage.norm, stage.stage.normalizesAfter {
        states = normalized(states, norm)
      }
      tapes.append(tape)
    }
    for (stage, tape) in zip(stages, tapes).reversed() {
      reverse(stage, tape, gradient, store, first: first)
    }
  }

  private func forward(_ stage: Stage, _ input: Matrix) -> Tape {
    let sum = Matrix.zeros(input.rows, input.columns)
    let output = input.copied
    var results: [Matrix] = []
    var tapes: [any Sendable] = []
    for (branch, part) in zip(stage.stage.branches, stage.parts) {
      let result = Matrix.zeros(input.rows, input.columns)
      tapes.append(part.apply(normalized(input, branch.before), into: result))
      sum.add(normalized(result, branch.after))
      results.append(result)
    }
    let before = stage.stage.normalizesAfter ? nil : stage.stage.norm
    output.add(normalized(sum, before), scale: stage.stage.scale)
    return Tape(input: input, results: results, tapes: tapes, sum: sum, output: output)
  }

  private func reverse(
    _ stage: Stage, _ tape: Tape, _ gradient: Matrix, _ store: GradientStore, first: Int
  ) {
    if let norm = stage.stage.norm, stage.stage.normalizesAfter {
      let outer = gradient.copied
      store.record(norm, input: tape.output, outer, first: first)
      gradient.clear()
      gradient.addReverse(of: norm, input: tape.output, gradient: outer)
    }
    var sum = gradient.copied
    sum.scale(by: stage.stage.scale)
    if !stage.stage.normalizesAfter {
      sum = reversed(sum, tape.sum, stage.stage.norm, store, first)
    }
    for (index, branch) in stage.stage.branches.enumerated() {
      let inner = Matrix.zeros(gradient.rows, gradient.columns)
      stage.parts[index].reverse(
        reversed(sum, tape.results[index], branch.after, store, first), tape.tapes[index], store,
        first: first, into: inner)
      gradient.add(reversed(inner, tape.input, branch.before, store, first))
    }
  }

  /// A norm's output; the input itself without a norm.
  private func normalized(_ input: Matrix, _ norm: NormWeights?) -> Matrix {
    guard let norm else { return input }
    let output = Matrix.zeros(input.rows, input.columns)
    output.normalize(input, norm)
    return output
  }

  /// The gradient at a norm's input; that at its output without a norm.
  private func reversed(
    _ gradient: Matrix, _ input: Matrix, _ norm: NormWeights?, _ store: GradientStore, _ first: Int
  ) -> Matrix {
    guard let norm else { return gradient }
    store.record(norm, input: input, gradient, first: first)
    let result = Matrix.zeros(gradient.rows, gradient.columns)
    result.addReverse(of: norm, input: input, gradient: gradient)
    return result
  }
}
