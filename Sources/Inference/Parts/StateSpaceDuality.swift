internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Mamba 2's mixer: how large it is, and what it computes.
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
  /// Whether the output is normalized before its gate, not behind it.
  var normalizesBeforeGate = false
  /// Bounds of the time steps.
  var lowestStep: Float = 0
  var highestStep = Float.infinity

  /// Columns of all input vectors.
  var states: Int { groups * stateWidth }
  /// Channels of the convolution.
  var channels: Int { innerWidth + 2 * states }
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
  /// How much of the inner state is added to the output, [1, heads].
  let skip: Matrix
  let steps: TimeSteps
  /// Of each group of the output; nil for none.
  let norm: NormWeights?

  static let role = PartRole.mixer

  static func find(_ site: LayerSite) throws(InferenceError) -> StateSpaceDuality? {
    guard shows(site) else { return nil }
    var description = try StateSpaceDualityDescription(site)
    for setting in site.facts.settings { description.follow(setting) }
    return try StateSpaceDuality(description, site)
  }

  /// Whether a layer has such a mixer.
  static func shows(_ site: LayerSite) -> Bool {
    site.has("ssm_in.weight") && !site.has("ssm_x.weight")
  }

  private init(
    _ d: StateSpaceDualityDescription, _ site: LayerSite
  ) throws(InferenceError) {
    description = d
    input = try site.linear(
      "ssm_in.weight", outputs: d.innerWidth + d.channels + d.heads, inputs: site.width)
    output = try site.linear("ssm_out.weight", outputs: site.width, inputs: d.innerWidth)
    convolution = try site.required("ssm_conv1d.weight", length: d.channels * d.taps)
    convolutionBias = try site.vector("ssm_conv1d.bias", length: d.channels)
    skip = try site.required("ssm_d", length: d.heads)
    steps = TimeSteps(
      biases: try site.required("ssm_dt.bias", length: d.heads),
      rates: try site.required("ssm_a", length: d.heads), low: d.lowestStep, high: d.highestStep)
    norm = try site.vector("ssm_norm.weight", length: d.innerWidth).map {
      NormWeights(weight: $0, bias: nil, kind: site.normalization)
    }
  }

  var linears: [Linear] { [input, output] }

  var need: PartNeed {
    // What the input gives, channels after the convolution, how much is kept.
    PartNeed(
      wide: input.outputs + description.channels + description.heads,
      mixed: description.innerWidth)
  }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    let d = description
    let (inner, channelCount) = (d.innerWidth, d.channels)
    let wide = walk.matrix(walk.space.wide, columns: need.wide)
    let all = wide.columns(0..<self.input.outputs)
    let gate = all.columns(0..<inner)
    let channels = all.columns(inner..<inner + channelCount)
    let raw = all.columns(inner + channelCount..<all.columns)
    let convolved = wide.columns(all.columns..<all.columns + channelCount)
    let decays = wide.columns(all.columns + channelCount..<wide.columns)
    try walk.multiply(input, [(self.input, all)])
    walk.forChannels(channelCount) { window, part in
      convolved.rows(window).columns(part).convolve(
        channels.rows(window).columns(part), convolution, convolutionBias,
        first: part.lowerBound, taps: d.taps, d.activation)
    }
    walk.forRows(wide.rows) { rows in steps.read(raw.rows(rows), decays: decays.rows(rows)) }
    let state = convolved.columns(0..<inner)
    let mixed = walk.matrix(walk.space.mixed, columns: inner)
    Recurrence(heads: d.heads, groups: d.groups, isGrouped: true, isDelta: false, scale: 1).run(
      queries: convolved.columns(inner + d.states..<channelCount),
      keys: convolved.columns(inner..<inner + d.states), values: state, decays: decays,
      strengths: raw, on: walk, into: mixed)
    walk.forRows(mixed.rows) { rows in
      finish(mixed.rows(rows), state.rows(rows), gate.rows(rows))
    }
    try walk.multiply(gate, [(weights: self.output, output: output)])
  }

  /// gate = norm(silu(gate) × (output + skip × state)), group by group; or silu(gate) × norm(…).
  private func finish(_ mixed: Matrix, _ state: Matrix, _ gate: Matrix) {
    let width = description.innerWidth / description.heads
    for head in 0..<description.heads {
      let columns = head * width..<(head + 1) * width
      mixed.columns(columns).add(state.columns(columns), scale: skip[0, head])
    }
    if description.normalizesBeforeGate { normalize(mixed) }
    gate.activate(INFERENCE_SILU, times: mixed)
    if !description.normalizesBeforeGate { normalize(gate) }
  }

  private func normalize(_ states: Matrix) {
    guard let norm else { return }
    let share = description.innerWidth / description.groups
    for group in 0..<description.groups {
      let columns = group * share..<(group + 1) * share
      let part = states.columns(columns)
      part.normalize(part, norm.columns(columns))
    }
  }
}

extension StateSpaceDualityDescription {
  /// Reads the metadata.
  init(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    self = try describing { () throws(ModelError) in
      let heads = try facts.count("ssm.time_step_rank")
      let (inner, groups) = (try facts.count("ssm.inner_size"), try facts.count("ssm.group_count"))
      guard inner % heads == 0, heads % groups == 0 else {
        throw ModelError(
          .invalidMetadata, facts.key("ssm.time_step_rank"),
          "\(inner) elements cannot be \(heads) heads in \(groups) groups")
      }
      return StateSpaceDualityDescription(
        heads: heads, innerWidth: inner, groups: groups,
        stateWidth: try facts.count("ssm.state_size"), taps: try site.taps())
    }
  }

  /// Follows a setting of the configuration.
  mutating func follow(_ setting: ComputationSetting) {
    switch setting {
    case .stateActivation(let function): activation = function
    case .normalizesBeforeGate(let isBefore): normalizesBeforeGate = isBefore
    case .timeSteps(let low, let high): (lowestStep, highestStep) = (low, high)
    default: break
    }
  }
}
