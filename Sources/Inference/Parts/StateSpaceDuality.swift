internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Mamba 2's mixer: how large it is.
struct StateSpaceDualityDescription: Hashable, Sendable {
  /// Heads.
  var heads: Int
  /// Elements of all heads.
  var innerWidth: Int
  /// Groups of heads that share input and output vectors.
  var groups: Int
  /// Elements of an input or output vector.
  var stateWidth: Int
  /// Tokens that the convolution spans.
  var taps: Int
  /// The nonlinearity of what the convolution gives.
  var activation = ActivationFunction.silu

  /// Columns of all input vectors.
  var states: Int { groups * stateWidth }
}

/// A state space whose heads forget by one number each (Mamba 2, "structured state-space duality").
struct StateSpaceDuality: LayerPart {
  let description: StateSpaceDualityDescription
  /// Hidden state to gate, inner state, input and output vectors, time steps.
  let input: Linear
  let output: Linear
  /// Taps of every channel, [1, channels × taps].
  let convolution: Matrix
  let convolutionBias: Matrix?
  /// How fast each head forgets, negative, [1, heads].
  let decay: Matrix
  /// How much of the inner state is added to the output, [1, heads].
  let skip: Matrix
  /// Added to the time steps, [1, heads].
  let stepBias: Matrix
  /// Of each group of the gated output; nil for none.
  let norm: NormWeights?

  static let role = PartRole.mixer

  static func find(_ site: LayerSite) throws(InferenceError) -> StateSpaceDuality? {
    guard site.has("ssm_in.weight"), !site.has("ssm_x.weight") else { return nil }
    return try StateSpaceDuality(site)
  }

  private init(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    let d = try describing { () throws(ModelError) in
      let (heads, inner) = (
        try facts.count("ssm.time_step_rank"), try facts.count("ssm.inner_size")
      )
      let groups = try facts.count("ssm.group_count")
      guard inner % heads == 0, heads % groups == 0 else {
        throw ModelError(
          .invalidMetadata, facts.key("ssm.time_step_rank"),
          "\(inner) elements cannot be \(heads) heads in \(groups) groups")
      }
      return StateSpaceDualityDescription(
        heads: heads, innerWidth: inner, groups: groups,
        stateWidth: try facts.count("ssm.state_size"), taps: try facts.count("ssm.conv_kernel"))
    }
    description = d
    let channels = d.innerWidth + 2 * d.states
    input = try site.linear(
      "ssm_in.weight", outputs: d.innerWidth + channels + d.heads, inputs: site.width)
    output = try site.linear("ssm_out.weight", outputs: site.width, inputs: d.innerWidth)
    convolution = try site.required("ssm_conv1d.weight", length: channels * d.taps)
    convolutionBias = try site.vector("ssm_conv1d.bias", length: channels)
    decay = try site.required("ssm_a", length: d.heads)
    skip = try site.required("ssm_d", length: d.heads)
    stepBias = try site.required("ssm_dt.bias", length: d.heads)
    norm = try site.vector("ssm_norm.weight", length: d.innerWidth).map {
      NormWeights(weight: $0, bias: nil, kind: site.normalization)
    }
  }

  var linears: [Linear] { [input, output] }

  var need: PartNeed {
    // What the input gives, channels after the convolution, how much is kept.
    PartNeed(
      wide: input.outputs + description.innerWidth + 2 * description.states + description.heads,
      mixed: description.innerWidth)
  }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let d = description
    let (inner, channelCount) = (d.innerWidth, d.innerWidth + 2 * d.states)
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    let all = wide.columns(0..<self.input.outputs)
    let gate = all.columns(0..<inner)
    let channels = all.columns(inner..<inner + channelCount)
    let steps = all.columns(inner + channelCount..<all.columns)
    let convolved = wide.columns(all.columns..<all.columns + channelCount)
    let decays = wide.columns(all.columns + channelCount..<wide.columns)
    try walk.multiply(input, [(self.input, all)])
    walk.forChannels(channelCount) { window, part in
      convolved.rows(window).columns(part).convolve(
        channels.rows(window).columns(part), convolution, convolutionBias,
        first: part.lowerBound, taps: d.taps, d.activation)
    }
    walk.forRows(wide.rows) { rows in read(steps.rows(rows), decays: decays.rows(rows)) }
    let state = convolved.columns(0..<inner)
    let mixed = walk.matrix(walk.space.mixed, columns: inner)
    Recurrence(heads: d.heads, groups: d.groups, isGrouped: true, isDelta: false, scale: 1).run(
      queries: convolved.columns(inner + d.states..<channelCount),
      keys: convolved.columns(inner..<inner + d.states), values: state, decays: decays,
      strengths: steps, on: walk, into: mixed)
    walk.forRows(mixed.rows) { rows in
      finish(mixed.rows(rows), state.rows(rows), gate.rows(rows))
    }
    try walk.multiply(gate, [(weights: self.output, output: output)])
  }

  /// Time steps, softplus(x + bias), and how much of its state each head keeps, exp(a × step).
  private func read(_ steps: Matrix, decays: Matrix) {
    for row in 0..<steps.rows {
      for head in 0..<description.heads {
        let raw = Double(steps[row, head] + stepBias[0, head])
        let step = raw > 20 ? raw : log1p(exp(raw))
        steps[row, head] = Float(step)
        decays[row, head] = Float(exp(Double(decay[0, head]) * step))
      }
    }
  }

  /// gate = norm(silu(gate) × (output + skip × state)), group by group.
  private func finish(_ mixed: Matrix, _ state: Matrix, _ gate: Matrix) {
    let width = description.innerWidth / description.heads
    for head in 0..<description.heads {
      let columns = head * width..<(head + 1) * width
      mixed.columns(columns).add(state.columns(columns), scale: skip[0, head])
    }
    gate.activate(INFERENCE_SILU, times: mixed)
    guard let norm else { return }
    let share = description.innerWidth / description.groups
    for group in 0..<description.groups {
      let columns = group * share..<(group + 1) * share
      let part = gate.columns(columns)
      part.normalize(part, norm.columns(columns))
    }
  }
}
