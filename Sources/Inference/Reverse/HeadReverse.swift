internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

/// The last norm and the output head of a model that has one, and their reverse.
struct HeadReverse: Sendable {
  let decoder: Decoder
  let linear: DenseLinear

  init(_ decoder: Decoder, workers: Int) throws(FormatError) {
    guard let head = decoder.head else { preconditionFailure("a model without a head") }
    self.decoder = decoder
    linear = try DenseLinear(head, workers: workers)
  }

  /// Tokens whose logits a worker holds.
  private static let tokensPerJob = 48

  /// Runs something for stretches of tokens.
  static func forJobs(_ count: Int, workers: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let step = tokensPerJob
    Workers.run((count + step - 1) / step, on: workers, scratch: { 0 }) { (_, job) in
      body(job * step..<min(count, (job + 1) * step))
    }
  }

  /// What the head sees of hidden states.
  func final(_ states: Matrix) -> Matrix {
    guard let norm = decoder.outputNorm else { return states }
    let final = Matrix.zeros(states.rows, states.columns)
    final.normalize(states, norm)
    return final
  }

  /// The logits of what the head sees.
  func logits(_ final: Matrix) -> Matrix {
    let logits = Matrix.zeros(final.rows, linear.linear.outputs)
    linear.apply(final, into: logits)
    decoder.description.head.finish(logits)
    return logits
  }

  /// The gradient at the head's output; `turn` makes of logits the gradient at these.
  func gradient(_ final: Matrix, _ turn: (Matrix) -> Void) -> Matrix {
    let logits = logits(final)
    let description = decoder.description.head
    let capped = description.softcap.map { _ in logits.copied }
    turn(logits)
    if let cap = description.softcap, let capped { logits.reverseSoftcap(capped, cap: cap) }
    logits.scale(by: description.scale)
    return logits
  }

  /// The gradient at hidden states, put into zeros; that at what the head sees.
  @discardableResult
  func reverse(_ gradient: Matrix, _ states: Matrix, into target: Matrix) -> Matrix {
    let final = Matrix.zeros(states.rows, states.columns)
    linear.reverse(gradient, addingTo: final)
    if let norm = decoder.outputNorm {
      target.addReverse(of: norm, input: states, gradient: final)
    } else {
      target.copy(final)
    }
    return final
  }
}
