internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A mixture of experts: how many there are, and how a token's are chosen.
struct ExpertsDescription: Hashable, Sendable {
  /// All experts.
  var count: Int
  /// Experts for each token.
  var chosen: Int
  /// Elements between an expert's up and down.
  var width: Int
  /// How scores become weights.
  var routing: DecoderTraits.Routing
  /// Whether the chosen weights are divided by their sum.
  var isNormalized: Bool
  /// Factor of the weights.
  var scale: Float = 1
  /// Number of groups of experts.
  var groupCount = 1
  /// Number of groups that take part: the best ones.
  var chosenGroups = 1
  /// How far below the best, relative to both, scores may be that a sparse mixer weighs: twice the
  /// noise of training (modeling_phimoe.py).
  var tolerance: Float = 0.02
  /// How many of a group's best scores are summed to choose it.
  var summedOfGroup = 2
  /// Elements between up and down of the expert that every token uses; zero for none.
  var sharedWidth = 0
  /// Whether an expert's input is multiplied with its weight, not its output.
  var weighsInputs = false
  /// The order of the norm by which the chosen weights are divided, where they are.
  var normOrder: Float = 1
  /// Whether what the chosen experts and the shared one give is averaged, not summed.
  var averagesShared = false
}

/// A mixture of experts, and the shared one that every token uses.
struct Experts: LayerPart {
  let description: ExpertsDescription
  let activation: Nonlinearity
  /// Scores of the experts.
  let router: Linear
  /// What the router sees of the hidden states; nil where it sees what the experts see.
  let routerNorm: NormWeights?
  /// Added to the scores for the choice alone, [1, experts].
  let choiceBias: Matrix?
  let experts: [GatedWeights]
  let shared: GatedWeights?
  /// Weighs the shared expert.
  let sharedGate: Linear?
  /// Between hidden states and what the chosen experts see and give, where that is smaller.
  let latent: (down: Linear, up: Linear)?

  static let role = PartRole.network

  static func find(_ site: LayerSite) throws(InferenceError) -> Experts? {
    guard site.has("ffn_gate_inp.weight") else { return nil }
    var description = try describing { () throws(ModelError) in try ExpertsDescription(site) }
    for setting in site.facts.settings { description.follow(setting) }
    return try Experts(description, site)
  }

  private init(_ description: ExpertsDescription, _ site: LayerSite) throws(InferenceError) {
    self.description = description
    activation = try Nonlinearity(site)
    let (count, inner) = (description.count, description.width)
    router = try site.linear("ffn_gate_inp.weight", outputs: count, inputs: site.width)
    latent = try site.expertLatent()
    let width = latent?.down.outputs ?? site.width
    choiceBias = try site.vector("exp_probs_b.bias", length: count)
    routerNorm = try site.routerNorm()
    let inputs = try site.expertInputs(count: count, inner: inner, width: width)
    let isGated = site.has("ffn_gate_up_exps.weight") || site.has("ffn_gate_exps.weight")
    let downs = try site.experts(
      "ffn_down_exps.weight", count: count, outputs: width, inputs: inner)
    experts = (0..<count).map {
      GatedWeights(inputs: inputs[$0], down: downs[$0], isGated: isGated)
    }
    if description.sharedWidth > 0 {
      shared = try GatedWeights(
        site, site.has("ffn_gate_shexp.weight") ? .separate : .none, suffix: "_shexp",
        inner: description.sharedWidth)
    } else {
      shared = nil
    }
    sharedGate =
      site.has("ffn_gate_inp_shexp.weight")
      ? try site.linear("ffn_gate_inp_shexp.weight", outputs: 1, inputs: site.width) : nil
  }

  var linears: [Linear] {
    [router] + experts.flatMap { $0.linears } + (shared?.linears ?? [])
      + (sharedGate.map { [$0] } ?? []) + (latent.map { [$0.down, $0.up] } ?? [])
  }

  /// Gate and up, an expert's input and output, the scores.
  var need: PartNeed {
    let inner = max(description.width, description.sharedWidth)
    // Where experts see a smaller vector, that and the sum of what they give lie before the rest.
    let small = latent.map { 2 * $0.down.outputs } ?? 0
    return PartNeed(wide: 2 * inner + 2 * router.inputs + router.outputs + small)
  }

  /// Experts read it one after another while results are added.
  var readsInputThroughout: Bool { true }

  func run(_ input: Matrix, on walk: DecoderWalk, into output: Destination) throws(FormatError) {
    if !output.adds { output.matrix.clear() }
    try walk.consult(input, self, addingTo: output)
  }
}

extension ExpertsDescription {
  init(_ site: LayerSite) throws(ModelError) {
    let (facts, layer, traits) = (site.facts, site.index, site.traits)
    let count = try facts.count("expert_count")
    let chosen = try facts.count("expert_used_count")
    guard chosen <= count else {
      throw ModelError(
        .invalidMetadata, facts.key("expert_used_count"),
        "\(chosen) of \(count) experts cannot be chosen")
    }
    var width = try facts.optionalCount("expert_feed_forward_length", layer: layer)
    if width == nil { width = try facts.optionalCount("feed_forward_length", layer: layer) }
    self.init(
      count: count, chosen: chosen, width: width ?? 0, routing: traits.routing,
      isNormalized: facts.bool("expert_weights_norm") ?? traits.normalizesExperts)
    switch facts.float("expert_gating_func") {
    case 1 where traits.routing == .sigmoid: routing = .softmax
    case 2: routing = .sigmoid
    case nil where site.has("exp_probs_b.bias"): routing = traits.biasedRouting ?? routing
    default: break
    }
    scale = facts.nonZero("expert_weights_scale") ?? 1
    groupCount = try facts.optionalCount("expert_group_count") ?? 1
    chosenGroups = try facts.optionalCount("expert_group_used_count") ?? 1
    sharedWidth = site.rows("ffn_up_shexp.weight") ?? 0
    weighsInputs = traits.weighsExpertInputs
    averagesShared = traits.averagesShared && sharedWidth > 0
  }
}

extension LayerSite {
  /// Between hidden states and what experts see, where that is smaller (Nemotron 3).
  fileprivate func expertLatent() throws(InferenceError) -> (down: Linear, up: Linear)? {
    guard let rows = rows("ffn_latent_down.weight") else { return nil }
    return (
      try linear("ffn_latent_down.weight", outputs: rows, inputs: width),
      try linear("ffn_latent_up.weight", outputs: width, inputs: rows)
    )
  }

  /// What makes gate and up in each expert: one matrix, or two.
  fileprivate func expertInputs(
    count: Int, inner: Int, width: Int
  ) throws(InferenceError) -> [[Linear]] {
    let fused = "ffn_gate_up_exps.weight"
    if has(fused) {
      return try experts(fused, count: count, outputs: 2 * inner, inputs: width).map { [$0] }
    }
    let ups = try experts("ffn_up_exps.weight", count: count, outputs: inner, inputs: width)
    guard has("ffn_gate_exps.weight") else { return ups.map { [$0] } }
    let gates = try experts("ffn_gate_exps.weight", count: count, outputs: inner, inputs: width)
    return zip(gates, ups).map { [$0, $1] }
  }

  /// Gemma 4's router sees the hidden states themselves, normalized, scaled by a vector of its own and
  /// divided by the root of their width (src/models/gemma4.cpp).
  fileprivate func routerNorm() throws(InferenceError) -> NormWeights? {
    guard let scale = try vector("ffn_gate_inp.scale", length: width) else { return nil }
    let weight = Matrix(scale.array)
    weight.scale(by: 1 / Float(width).squareRoot())
    return NormWeights(weight: weight, bias: nil, kind: normalization)
  }
}
