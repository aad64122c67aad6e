internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

/// The weights of a selective state space.
struct StateSpaceWeights: Sendable {
  let description: StateSpaceDescription
  /// Hidden state to the inner state and its gate.
  let input: Linear
  /// Inner state to time step, input vector and output vector.
  let selection: Linear
  /// Time step's vector to a time step for each inner element.
  let timeStep: Linear
  let output: Linear
  /// Taps of every inner element, [1, inner × taps].
  let convolution: Matrix
  /// Added to the convolution, [1, inner].
  let convolutionBias: Matrix?
  /// How fast each state falls, negative, [1, inner × states].
  let decay: Matrix
  /// How much of the input is added to the output, [1, inner].
  let skip: Matrix

  init(
    _ weights: WeightTable, _ description: StateSpaceDescription, prefix: String, width: Int
  ) throws(InferenceError) {
    self.description = description
    let (inner, states) = (description.innerWidth, description.stateWidth)
    let rank = description.timeStepRank
    input = try weights.linear(prefix + "ssm_in.weight", outputs: 2 * inner, inputs: width)
    selection = try weights.linear(
      prefix + "ssm_x.weight", outputs: rank + 2 * states, inputs: inner)
    timeStep = try weights.linear(prefix + "ssm_dt.weight", outputs: inner, inputs: rank)
    output = try weights.linear(prefix + "ssm_out.weight", outputs: width, inputs: inner)
    convolution = try weights.required(
      prefix + "ssm_conv1d.weight", length: inner * description.convolutionWidth)
    convolutionBias = try weights.vector(prefix + "ssm_conv1d.bias", length: inner)
    decay = try weights.required(prefix + "ssm_a", length: inner * states)
    skip = try weights.required(prefix + "ssm_d", length: inner)
  }

  /// Columns of inner state and gate, convolved state, time steps and the selection.
  var wideColumns: Int { 4 * description.innerWidth + selection.outputs }
}

extension DecoderWalk {
  /// Mamba's mixer over every window: [tokens, width] → [tokens, width].
  func scan(
    _ input: Matrix, _ weights: StateSpaceWeights, into output: Destination
  ) throws(FormatError) {
    let description = weights.description
    let (inner, states) = (description.innerWidth, description.stateWidth)
    let rank = description.timeStepRank
    let wide = matrix(space.wide, columns: weights.wideColumns)
    let both = wide.columns(0..<2 * inner)
    let state = both.columns(0..<inner)
    let gate = both.columns(inner..<2 * inner)
    let convolved = wide.columns(2 * inner..<3 * inner)
    let steps = wide.columns(3 * inner..<4 * inner)
    let selection = wide.columns(4 * inner..<wide.columns)
    try multiply(input, [(weights.input, both)])
    forChannels(inner) { window, channels in
      convolved.rows(window).columns(channels).convolve(
        state.rows(window).columns(channels), weights.convolution, weights.convolutionBias,
        first: channels.lowerBound, taps: description.convolutionWidth)
    }
    try multiply(convolved, [(weights.selection, selection)])
    let parts = [0..<rank, rank..<rank + states, rank + states..<rank + 2 * states]
    if description.isNormalized {
      let plain = NormWeights(weight: nil, bias: nil)
      for part in parts {
        normalize(selection.columns(part), plain, into: selection.columns(part))
      }
    }
    try multiply(selection.columns(parts[0]), [(weights.timeStep, steps)])
    forRows(steps.rows) { steps.rows($0).activate(INFERENCE_SOFTPLUS, times: nil) }
    let mixed = matrix(space.mixed, columns: inner)
    forChannels(inner) { window, channels in
      mixed.rows(window).columns(channels).scan(
        convolved.rows(window).columns(channels), steps: steps.rows(window).columns(channels),
        b: selection.rows(window).columns(parts[1]), c: selection.rows(window).columns(parts[2]),
        decay: weights.decay.columns(channels.scaled(by: states)),
        skip: weights.skip.columns(channels))
    }
    forRows(mixed.rows) { rows in
      let gate = gate.rows(rows)
      gate.activate(INFERENCE_SILU, times: mixed.rows(rows))
    }
    try multiply(gate, [(weights: weights.output, output: output)])
  }

  /// Runs something for every window and every stretch of channels.
  private func forChannels(_ count: Int, _ body: @Sendable (Range<Int>, Range<Int>) -> Void) {
    let size = 64
    let stretches = (count + size - 1) / size
    let ranges = ranges
    Workers.run(ranges.count * stretches, on: workers, scratch: { 0 }) { (_, job) in
      let start = job % stretches * size
      body(ranges[job / stretches], start..<min(count, start + size))
    }
  }
}

extension Range<Int> {
  /// The range with both ends multiplied.
  fileprivate func scaled(by factor: Int) -> Range<Int> {
    lowerBound * factor..<upperBound * factor
  }
}
