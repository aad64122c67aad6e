internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A selective state space, as in Mamba: how large it is.
struct StateSpaceDescription: Hashable, Sendable {
  /// Elements of the inner state.
  var innerWidth: Int
  /// States of each element.
  var stateWidth: Int
  /// Tokens that the convolution spans.
  var convolutionWidth: Int
  /// Rank of the time step.
  var timeStepRank: Int
  /// Whether time step, input and output vectors are normalized without weights.
  var isNormalized: Bool
  /// Added to their mean square; nil for the model's.
  var epsilon: Float?
  /// The nonlinearity of the convolved state; the gate's is SiLU whatever a configuration says
  /// (modeling_mamba.py, `selective_scan`).
  var activation = ActivationFunction.silu
}

/// Mamba's mixer.
struct StateSpace: LayerPart {
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
  /// Of time step, input and output vectors; nil for none.
  let norms: [NormWeights]?

  static let role = PartRole.mixer

  static func find(_ site: LayerSite) throws(InferenceError) -> StateSpace? {
    guard site.has("ssm_in.weight"), site.has("ssm_x.weight") else { return nil }
    return try StateSpace(site)
  }

  private init(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    var description = try StateSpaceDescription(site)
    for setting in facts.settings { description.follow(setting) }
    self.description = description
    let (inner, states) = (description.innerWidth, description.stateWidth)
    let (rank, width) = (description.timeStepRank, site.width)
    input = try site.linear("ssm_in.weight", outputs: 2 * inner, inputs: width)
    selection = try site.linear("ssm_x.weight", outputs: rank + 2 * states, inputs: inner)
    timeStep = try site.linear("ssm_dt.weight", outputs: inner, inputs: rank)
    output = try site.linear("ssm_out.weight", outputs: width, inputs: inner)
    convolution = try site.required(
      "ssm_conv1d.weight", length: inner * description.convolutionWidth)
    convolutionBias = try site.vector("ssm_conv1d.bias", length: inner)
    decay = try site.required("ssm_a", length: inner * states)
    skip = try site.required("ssm_d", length: inner)
    var kind = site.normalization
    kind.epsilon = facts.float("ssm.norm_epsilon") ?? kind.epsilon
    let names = ["ssm_dt_norm", "ssm_b_norm", "ssm_c_norm"]
    if site.has("ssm_dt_norm.weight") {
      norms = try zip(names, [rank, states, states]).map { (name, length) throws(InferenceError) in
        NormWeights(
          weight: try site.required(name + ".weight", length: length), bias: nil, kind: kind
        ).with(description.epsilon)
      }
    } else if description.isNormalized {
      let plain = NormWeights(weight: nil, bias: nil, kind: kind).with(description.epsilon)
      norms = [plain, plain, plain]
    } else {
      norms = nil
    }
  }

  var linears: [Linear] { [input, selection, timeStep, output] }

  var need: PartNeed {
    // Inner state and gate, convolved state, time steps and the selection.
    PartNeed(wide: 4 * description.innerWidth + selection.outputs, mixed: output.inputs)
  }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let (inner, states) = (description.innerWidth, description.stateWidth)
    let rank = description.timeStepRank
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    let both = wide.columns(0..<2 * inner)
    let state = both.columns(0..<inner)
    let gate = both.columns(inner..<2 * inner)
    let convolved = wide.columns(2 * inner..<3 * inner)
    let steps = wide.columns(3 * inner..<4 * inner)
    let selection = wide.columns(4 * inner..<wide.columns)
    try walk.multiply(input, [(self.input, both)])
    walk.forChannels(inner) { window, channels in
      convolved.rows(window).columns(channels).convolve(
        state.rows(window).columns(channels), convolution, convolutionBias,
        first: channels.lowerBound, taps: description.convolutionWidth, description.activation)
    }
    try walk.multiply(convolved, [(self.selection, selection)])
    let parts = [0..<rank, rank..<rank + states, rank + states..<rank + 2 * states]
    for (part, norm) in zip(parts, norms ?? []) {
      walk.normalize(selection.columns(part), norm, into: selection.columns(part))
    }
    try walk.multiply(selection.columns(parts[0]), [(timeStep, steps)])
    walk.forRows(steps.rows) { steps.rows($0).activate(INFERENCE_SOFTPLUS, times: nil) }
    let mixed = walk.matrix(walk.space.mixed, columns: inner)
    walk.forChannels(inner) { window, channels in
      mixed.rows(window).columns(channels).scan(
        convolved.rows(window).columns(channels), steps: steps.rows(window).columns(channels),
        b: selection.rows(window).columns(parts[1]), c: selection.rows(window).columns(parts[2]),
        decay: decay.columns(channels.scaled(by: states)), skip: skip.columns(channels))
    }
    walk.forRows(mixed.rows) { rows in
      gate.rows(rows).activate(.silu, times: mixed.rows(rows))
    }
    try walk.multiply(gate, [(weights: self.output, output: output)])
  }
}

extension StateSpaceDescription {
  /// Reads the metadata.
  init(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    self = try describing { () throws(ModelError) in
      StateSpaceDescription(
        innerWidth: try facts.count("ssm.inner_size"),
        stateWidth: try facts.count("ssm.state_size"),
        convolutionWidth: try facts.count("ssm.conv_kernel"),
        timeStepRank: try facts.count("ssm.time_step_rank"),
        isNormalized: facts.bool("ssm.dt_b_c_rms") ?? false)
    }
  }
}

extension DecoderWalk {
  /// Runs something for every window and every stretch of channels.
  func forChannels(_ count: Int, _ body: @Sendable (Range<Int>, Range<Int>) -> Void) {
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
