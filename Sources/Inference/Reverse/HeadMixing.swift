internal import CWeighbridgeKernels

/// What heads make of queries, keys and values within one window, and its reverse.
struct HeadMixing: Sendable {
  let description: AttentionDescription
  /// Scores that take their share of every softmax, [1, heads].
  let sinks: Matrix?

  /// What the reverse needs of the forward pass.
  struct Tape: Sendable {
    /// The weights of each head, and its scores where they are capped.
    var weights: [Matrix] = []
    var capped: [Matrix] = []
  }

  /// Adds the heads' weighed sums of values to `mixed`, which holds zeros.
  func apply(_ parts: AttentionParts, into mixed: Matrix) -> Tape {
    var tape = Tape()
    let slopes = description.largestBias.map { alibiSlopes(heads: parts.heads, largest: $0) }
    for head in 0..<parts.heads { mix(head, parts, slopes?[head] ?? 0, mixed, &tape) }
    return tape
  }

  private func mix(
    _ head: Int, _ parts: AttentionParts, _ slope: Float, _ mixed: Matrix, _ tape: inout Tape
  ) {
    let group = head / (parts.heads / parts.groups)
    let tokens = mixed.rows
    let scores = Matrix.zeros(tokens, tokens)
    scores.add(parts.query(head), timesTransposed: parts.key(group))
    scores.scale(by: description.scale)
    if let cap = description.softcap {
      let capped = scores.copied
      capped.softcap(cap)
      tape.capped.append(capped)
    }
    var options = inference_softmax_options()
    options.softcap = description.softcap ?? 0
    options.slope = slope * description.biasFactor
    if let sinks {
      options.has_sink = 1
      options.sink = sinks[0, head]
    }
    let rule = AttentionRule(
      scale: description.scale, isCausal: description.isCausal, window: description.window)
    for query in 0..<tokens {
      scores.softmax(
        row: query, keys: rule.keys(of: query, count: tokens), query: query, options)
    }
    tape.weights.append(scores)
    let width = parts.value(group).columns
    mixed.columns(head * width..<(head + 1) * width).add(scores, times: parts.value(group))
  }

  /// Adds the gradients at queries, keys and values, from that at the weighed sums.
  func reverse(
    _ mixed: Matrix, _ parts: AttentionParts, _ tape: Tape, into own: AttentionParts
  ) {
    for head in 0..<parts.heads {
      let group = head / (parts.heads / parts.groups)
      let width = parts.value(group).columns
      let gradient = mixed.columns(head * width..<(head + 1) * width)
      let weights = tape.weights[head]
      own.value(group).add(transposed: weights, times: gradient)
      let scores = Matrix.zeros(weights.rows, weights.columns)
      scores.add(gradient, timesTransposed: parts.value(group))
      scores.reverseSoftmax(weights)
      if let cap = description.softcap { scores.reverseSoftcap(tape.capped[head], cap: cap) }
      scores.scale(by: description.scale)
      own.query(head).add(scores, times: parts.key(group))
      own.key(group).add(transposed: scores, times: parts.query(head))
    }
  }
}
