internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension DecoderWalk {
  /// One expert's share of a token.
  struct Choice: Sendable {
    let token: Int
    let expert: Int
    let weight: Float
  }

  /// Adds what the chosen experts make of each token, and the shared expert.
  ///
  /// Experts take their turns in order, each with all of its tokens, so every expert's weights are
  /// decoded once and sums have one order.
  func consult(
    _ input: Matrix, _ weights: Experts, addingTo output: Destination
  ) throws(FormatError) {
    // Parts of `wide`, one after another: scores, what experts see and their sum where these are
    // smaller than hidden states, an expert's tokens, its results, gate and up.
    let tokens = input.rows
    let scores = Matrix(space.wide, rows: tokens, columns: weights.router.outputs)
    try route(input, weights, into: scores)
    var byExpert = [[Choice]](repeating: [], count: weights.experts.count)
    for token in 0..<tokens {
      for choice in weights.choose(scores.rows(token..<token + 1), token: token) {
        byExpert[choice.expert].append(choice)
      }
    }
    var start = tokens * scores.columns
    var output = output
    if weights.description.averagesShared { output.scale /= 2 }
    if let latent = weights.latent {
      let columns = latent.down.outputs
      let seen = Matrix(space.wide, from: start, rows: tokens, columns: columns)
      let sum = Matrix(space.wide, from: start + tokens * columns, rows: tokens, columns: columns)
      start += 2 * tokens * columns
      try multiply(input, [(latent.down, seen)])
      sum.clear()
      try run(
        byExpert, weights, seen, from: start, into: Destination(matrix: sum, adds: true, scale: 1))
      try multiply(sum, [(latent.up, output.adding)])
    } else {
      try run(byExpert, weights, input, from: start, into: output)
    }
    try addShared(input, weights, from: start, to: output)
  }

  /// Adds what the chosen experts make of their tokens.
  private func run(
    _ byExpert: [[Choice]], _ weights: Experts, _ input: Matrix, from start: Int,
    into output: Destination
  ) throws(FormatError) {
    let width = input.columns
    for (expert, choices) in byExpert.enumerated() where !choices.isEmpty {
      let size = choices.count * width
      let gathered = Matrix(space.wide, from: start, rows: choices.count, columns: width)
      let result = Matrix(space.wide, from: start + size, rows: choices.count, columns: width)
      forRows(choices.count) { rows in
        for row in rows {
          let token = choices[row].token
          let own = gathered.rows(row..<row + 1)
          own.copy(input.rows(token..<token + 1))
          if weights.description.weighsInputs { own.scale(by: choices[row].weight) }
        }
      }
      try weights.experts[expert].run(
        gathered, weights.activation, on: self, from: start + 2 * size, into: .put(result))
      forRows(choices.count) { rows in
        for row in rows {
          let token = choices[row].token
          output.matrix.rows(token..<token + 1)
            .add(
              result.rows(row..<row + 1),
              scale: (weights.description.weighsInputs ? 1 : choices[row].weight) * output.scale)
        }
      }
    }
  }

  /// The experts' scores of every token.
  private func route(_ input: Matrix, _ weights: Experts, into scores: Matrix) throws(FormatError) {
    guard let norm = weights.routerNorm else {
      return try multiply(input, [(weights.router, scores)])
    }
    let own = Matrix(
      space.wide, from: scores.rows * scores.columns, rows: input.rows, columns: input.columns)
    normalize(hidden, norm, into: own)
    try multiply(own, [(weights.router, scores)])
  }

  private func addShared(
    _ input: Matrix, _ weights: Experts, from start: Int, to output: Destination
  ) throws(FormatError) {
    guard let shared = weights.shared else { return }
    let result = Matrix(space.wide, from: start, rows: input.rows, columns: input.columns)
    try shared.run(
      input, weights.activation, on: self, from: start + input.rows * input.columns,
      into: .put(result))
    guard let gate = weights.sharedGate else {
      add(result, to: output.matrix, scale: output.scale)
      return
    }
    // The experts' scores are not needed any more.
    let scores = Matrix(space.wide, rows: input.rows, columns: 1)
    try multiply(input, [(gate, scores)])
    scores.activate(INFERENCE_SIGMOID, times: nil)
    for row in 0..<input.rows {
      output.matrix.rows(row..<row + 1)
        .add(result.rows(row..<row + 1), scale: scores[row, 0] * output.scale)
    }
  }
}

extension Experts {
  /// The experts of a token and their weights, from its scores, [1, experts].
  func choose(_ scores: Matrix, token: Int) -> [DecoderWalk.Choice] {
    let logits = scores.array
    let values: [Float]
    switch description.routing {
    case .sparseMixer: return mixSparsely(logits, token: token)
    case .softmax: values = softmax(logits)
    case .softmaxOfChosen: values = logits
    case .sigmoid:
      scores.activate(INFERENCE_SIGMOID, times: nil)
      values = scores.array
    }
    // The sigmoid of large scores rounds to 1: these alone tell which is best.
    var ranking = description.weighsInputs ? logits : values
    if let choiceBias {
      for index in ranking.indices { ranking[index] += choiceBias[0, index] }
    }
    restrictGroups(&ranking)
    let order = ranking.indices.sorted {
      ranking[$0] > ranking[$1] || (ranking[$0] == ranking[$1] && $0 < $1)
    }
    let chosen = Array(order.prefix(description.chosen))
    var weights = chosen.map { values[$0] }
    if description.routing == .softmaxOfChosen { weights = softmax(weights) }
    if description.isNormalized {
      let sum = max(weights.reduce(0, +), 6.103515625e-5)
      let norm = description.normOrder == 1 ? sum : norm(of: weights)
      weights = weights.map { $0 / norm }
    }
    return zip(chosen, weights).map {
      DecoderWalk.Choice(token: token, expert: $0, weight: $1 * description.scale)
    }
  }

  /// Two experts by PhiMoE's sparse mixer, without its noise (modeling_phimoe.py, `sparsemixer`).
  ///
  /// llama.cpp runs softmax over all and the best two instead: other weights by design.
  private func mixSparsely(_ logits: [Float], token: Int) -> [DecoderWalk.Choice] {
    var open = logits
    return (0..<min(description.chosen, logits.count)).map { _ in
      let best = open.indices.reduce(0) { open[$1] > open[$0] ? $1 : $0 }
      let near = open.map { score in
        (open[best] - score) / max(abs(score), open[best]) > description.tolerance
          ? -.infinity : score
      }
      let weight = softmax(near)[best]
      open[best] = -.infinity
      return DecoderWalk.Choice(token: token, expert: best, weight: weight)
    }
  }

  /// Takes groups of experts out of the choice: all but those whose best sum highest.
  private func restrictGroups(_ ranking: inout [Float]) {
    let (count, chosen) = (description.groupCount, description.chosenGroups)
    guard count > 1, ranking.count % count == 0, chosen < count else { return }
    let size = ranking.count / count
    let best = description.summedOfGroup
    let sums = (0..<count).map { group in
      ranking[group * size..<(group + 1) * size].sorted(by: >).prefix(best).reduce(0, +)
    }
    let order = sums.indices.sorted { sums[$0] > sums[$1] || (sums[$0] == sums[$1] && $0 < $1) }
    for group in order.dropFirst(chosen) {
      for index in group * size..<(group + 1) * size { ranking[index] = -.infinity }
    }
  }

  /// The norm of weights that are not negative, of another order than 1 (DBRX).
  private func norm(of weights: [Float]) -> Float {
    let order = Double(description.normOrder)
    if order == .infinity { return weights.max() ?? 1 }
    return Float(pow(weights.reduce(0) { $0 + pow(Double($1), order) }, 1 / order))
  }

  private func softmax(_ values: [Float]) -> [Float] {
    let row = Matrix(values)
    row.softmax(row: 0, keys: 0..<values.count, query: 0, inference_softmax_options())
    return row.array
  }
}
