internal import WeighbridgeArchitectures

/// Everything that one layer multiplies with.
struct LayerWeights: Sendable {
  let layer: DecoderLayer
  let mixer: Mixer
  let network: NetworkWeights?
  let beforeMixer: NormWeights?
  let afterMixer: NormWeights?
  let beforeNetwork: NormWeights?
  let afterNetwork: NormWeights?

  /// The weights of the part that lets tokens see each other.
  enum Mixer: Sendable {
    case attention(AttentionWeights)
    case latentAttention(LatentAttentionWeights)
    case stateSpace(StateSpaceWeights)
  }

  /// Finds and checks a layer's weights.
  init(
    _ weights: WeightTable, _ layer: DecoderLayer, index: Int, width: Int
  ) throws(InferenceError) {
    self.layer = layer
    let prefix = "blk.\(index)."
    switch layer.mixer {
    case .attention(let description):
      mixer = .attention(
        try AttentionWeights(weights, description, prefix: prefix, width: width))
    case .latentAttention(let description):
      mixer = .latentAttention(
        try LatentAttentionWeights(weights, description, prefix: prefix, width: width))
    case .stateSpace(let description):
      mixer = .stateSpace(
        try StateSpaceWeights(weights, description, prefix: prefix, width: width))
    }
    network = try layer.feedForward.map { (description) throws(InferenceError) in
      try NetworkWeights(weights, description, prefix: prefix, width: width)
    }
    beforeMixer = try weights.norm(layer.norms.beforeMixer, length: width)
    afterMixer = try weights.norm(layer.norms.afterMixer, length: width)
    beforeNetwork = try weights.norm(layer.norms.beforeNetwork, length: width)
    afterNetwork = try weights.norm(layer.norms.afterNetwork, length: width)
  }
}

/// The weights of attention.
struct AttentionWeights: Sendable {
  let description: AttentionDescription
  /// What makes queries, keys and values of a hidden state, one after another in a row.
  let inputs: [Linear]
  let output: Linear
  let queryNorm: NormWeights?
  let keyNorm: NormWeights?
  /// One score for each head, [1, heads].
  let sinks: Matrix?

  init(
    _ weights: WeightTable, _ description: AttentionDescription, prefix: String, width: Int
  ) throws(InferenceError) {
    self.description = description
    let queries = description.heads * description.keyWidth
    let keys = description.keyValueHeads * description.keyWidth
    let values = description.keyValueHeads * description.valueWidth
    if description.isFused {
      inputs = [
        try weights.linear(
          prefix + "attn_qkv.weight", outputs: queries + keys + values, inputs: width)
      ]
    } else {
      inputs = [
        try weights.linear(prefix + "attn_q.weight", outputs: queries, inputs: width),
        try weights.linear(prefix + "attn_k.weight", outputs: keys, inputs: width),
        try weights.linear(prefix + "attn_v.weight", outputs: values, inputs: width),
      ]
    }
    output = try weights.linear(
      prefix + "attn_output.weight", outputs: width,
      inputs: description.heads * description.valueWidth)
    let each: Int? =
      switch description.queryKeyNorm {
      case nil: nil
      case .head: description.keyWidth
      case .headWeights, .whole: 0
      }
    queryNorm = try weights.norm(
      each.map { _ in prefix + "attn_q_norm" }, length: each == 0 ? queries : each ?? 0)
    keyNorm = try weights.norm(
      each.map { _ in prefix + "attn_k_norm" }, length: each == 0 ? keys : each ?? 0)
    sinks =
      description.hasSinks
      ? try weights.vector(prefix + "attn_sinks.weight", length: description.heads) : nil
  }

  /// Columns of queries, keys and values together.
  var wideColumns: Int { inputs.reduce(0) { $0 + $1.outputs } }
}

/// The weights of a feed-forward network.
struct NetworkWeights: Sendable {
  let description: FeedForwardDescription
  /// The network that every token passes; the shared expert where there are experts.
  let dense: GatedWeights?
  let experts: ExpertWeights?

  init(
    _ weights: WeightTable, _ description: FeedForwardDescription, prefix: String, width: Int
  ) throws(InferenceError) {
    self.description = description
    if description.width > 0 {
      dense = try GatedWeights(
        weights, description.gate, prefix: prefix, suffix: "", inner: description.width,
        width: width)
    } else {
      dense = nil
    }
    experts = try description.experts.map { (experts) throws(InferenceError) in
      try ExpertWeights(weights, experts, prefix: prefix, width: width)
    }
  }

  /// Columns of gate and up together.
  var wideColumns: Int {
    max(dense?.wideColumns ?? 0, experts?.wideColumns ?? 0)
  }
}

/// Gate, up and down.
struct GatedWeights: Sendable {
  /// What makes gate and up of a hidden state, one after another in a row; or up alone.
  let inputs: [Linear]
  let down: Linear
  /// Whether there is a gate.
  let isGated: Bool

  init(
    _ weights: WeightTable, _ gate: FeedForwardDescription.Gate, prefix: String, suffix: String,
    inner: Int, width: Int
  ) throws(InferenceError) {
    let up = prefix + "ffn_up\(suffix).weight"
    switch gate {
    case .none:
      inputs = [try weights.linear(up, outputs: inner, inputs: width)]
    case .fused:
      inputs = [try weights.linear(up, outputs: 2 * inner, inputs: width)]
    case .separate:
      inputs = [
        try weights.linear(prefix + "ffn_gate\(suffix).weight", outputs: inner, inputs: width),
        try weights.linear(up, outputs: inner, inputs: width),
      ]
    }
    isGated = gate != .none
    down = try weights.linear(
      prefix + "ffn_down\(suffix).weight", outputs: width, inputs: inner)
  }

  /// Gate and up that are there already: an expert's.
  init(gate: Linear, up: Linear, down: Linear) {
    inputs = [gate, up]
    self.down = down
    isGated = true
  }

  /// Columns of gate and up together.
  var wideColumns: Int { inputs.reduce(0) { $0 + $1.outputs } }
}

/// The weights of a mixture of experts.
struct ExpertWeights: Sendable {
  let description: ExpertsDescription
  /// Scores of the experts.
  let router: Linear
  /// Added to the scores for the choice, [1, experts].
  let choiceBias: Matrix?
  let experts: [GatedWeights]
  let shared: GatedWeights?
  /// Weighs the shared expert.
  let sharedGate: Linear?

  init(
    _ weights: WeightTable, _ description: ExpertsDescription, prefix: String, width: Int
  ) throws(InferenceError) {
    self.description = description
    let count = description.count
    router = try weights.linear(prefix + "ffn_gate_inp.weight", outputs: count, inputs: width)
    choiceBias =
      description.hasChoiceBias
      ? try weights.vector(prefix + "exp_probs_b.bias", length: count) : nil
    let gates = try weights.experts(
      prefix + "ffn_gate_exps.weight", count: count, outputs: description.width, inputs: width)
    let ups = try weights.experts(
      prefix + "ffn_up_exps.weight", count: count, outputs: description.width, inputs: width)
    let downs = try weights.experts(
      prefix + "ffn_down_exps.weight", count: count, outputs: width, inputs: description.width)
    experts = (0..<count).map { GatedWeights(gate: gates[$0], up: ups[$0], down: downs[$0]) }
    if description.sharedWidth > 0 {
      shared = try GatedWeights(
        weights, .separate, prefix: prefix, suffix: "_shexp", inner: description.sharedWidth,
        width: width)
    } else {
      shared = nil
    }
    sharedGate =
      description.hasSharedGate
      ? try weights.linear(prefix + "ffn_gate_inp_shexp.weight", outputs: 1, inputs: width) : nil
  }

  /// Columns that a token needs at most: gate and up, an expert's input and output, the scores.
  var wideColumns: Int {
    let inner = max(description.width, description.sharedWidth)
    return 2 * inner + 2 * router.inputs + router.outputs
  }
}
