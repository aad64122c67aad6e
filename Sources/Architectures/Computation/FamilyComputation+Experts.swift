internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Experts chosen with a bias: ERNIE 4.5, dots.llm1, MiniMax M2, GLM 4.5, Solar Open; and PhiMoE.

extension FamilyComputation {
  static let ernie45MoE = FamilyComputation(
    "Ernie4_5_MoeForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal, .rotary(RotaryRule(base: 500_000)),
      ComputationRule("moe_k", "num_experts_per_tok") { (configuration) throws(ModelError) in
        [.chosenExperts(try configuration.optionalCount("moe_k", "num_experts_per_tok") ?? 6)]
      }, .always(.routing(.softmax), .normalizedExperts(true)), .ernieFloor,
    ],
    sizes: decoderSizes.union([
      "moe_num_experts", "num_experts", "moe_num_shared_experts", "moe_intermediate_size",
      "moe_layer_start_index", "moe_layer_end_index", "moe_layer_interval",
    ]),
    incidental: ["moe_capacity", "moe_gate", "moe_use_aux_free", "num_nextn_predict_layers"],
    optionalTensors: projections(attention: "use_bias", network: "use_bias"),
    headBias: .headBias("use_bias"), tiesHead: true)

  static let dots1 = FamilyComputation(
    "Dots1ForCausalLM",
    rules: logisticRules + [
      .epsilon(otherwise: 1e-6), .rotary(),
      .windows(otherwise: 4096, reading: ["max_window_layers"]) {
        (configuration, layer) throws(ModelError) in
        layer >= (try configuration.optionalCount("max_window_layers") ?? 62)
      }, .flag("norm_topk_prob", otherwise: false) { .normalizedExperts($0) },
    ], sizes: logisticSizes, incidental: ["topk_method", "moe_layer_freq", "num_experts"],
    optionalTensors: projections(attention: "attention_bias"))

  static let glm4MoE = FamilyComputation(
    "Glm4MoeForCausalLM",
    rules: logisticRules + [
      .epsilon(otherwise: 1e-5),
      .rotary(RotaryRule(part: .factor(otherwise: 0.5, keys: ["partial_rotary_factor"]))),
      .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
    ], sizes: logisticSizes,
    incidental: ["topk_method", "num_nextn_predict_layers", "num_mtp_layers", "num_experts"],
    optionalTensors: OptionalTensors.inputBiases("attention_bias", otherwise: false) + [
      OptionalTensors(
        "use_qk_norm", in: "model.layers.{n}.self_attn.", ["q_norm.weight", "k_norm.weight"])
    ])

  static let solarOpen = FamilyComputation(
    "SolarOpenForCausalLM",
    rules: logisticRules + [
      .epsilon(otherwise: 1e-5),
      .rotary(
        RotaryRule(
          base: 1_000_000, part: .factor(otherwise: 1, keys: ["partial_rotary_factor"]),
          headWidth: head128)),
      .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
    ], sizes: logisticSizes,
    incidental: ["topk_method", "num_nextn_predict_layers", "use_qk_norm", "intermediate_size"],
    optionalTensors: OptionalTensors.inputBiases("attention_bias", otherwise: false) + [
      OptionalTensors(nil, in: "model.layers.{n}.self_attn.", ["q_norm.weight", "k_norm.weight"])
    ])

  /// What those compute whose routers are DeepSeek 3's.
  private static let logisticRules: [ComputationRule] = [
    .activation(), .causal, .demandedExperts,
    // transformers computes the logistic function, whatever the configuration names.
    ComputationRule("scoring_func") { _ in [.routing(.sigmoid)] },
    ComputationRule("n_group", "topk_group") { (configuration) throws(ModelError) in
      [.expertGroups(try configuration.groups(summed: 2, otherwise: nil))]
    }, .number("routed_scaling_factor", 1) { .expertScale($0) },
  ]

  private static let logisticSizes = decoderSizes.union([
    "moe_intermediate_size", "n_routed_experts", "num_local_experts", "n_shared_experts",
    "first_k_dense_replace", "shared_expert_intermediate_size",
  ])

  static let miniMaxM2 = FamilyComputation(
    "MiniMaxM2ForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .causal, .chosenExperts(8),
      .rotary(
        RotaryRule(
          base: 5_000_000, part: .factor(otherwise: 1, keys: ["partial_rotary_factor"]),
          headWidth: head128, widthKey: "rotary_dim"), reading: ["rotary_dim"]),
      ComputationRule("scoring_func") { _ in [.routing(.sigmoid)] },
      .always(.normalizedExperts(true)),
    ], sizes: decoderSizes.union(["num_local_experts", "num_experts"]),
    incidental: [
      "use_qk_norm", "qk_norm_type", "use_routing_bias", "use_mtp", "num_mtp_modules",
      "mtp_transformer_layers", "attn_type_list", "shared_intermediate_size",
    ],
    optionalTensors: projections(attention: nil))

  static let phiMoE = FamilyComputation(
    "PhiMoEForCausalLM", "PhimoeForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal, .window(otherwise: nil),
      .rotary(RotaryRule(base: 1_000_000, kinds: ["su": "longrope"], namesMagnitudes: true)),
      // `sparsemixer` has two experts, whatever the configuration says, and a tolerance of twice the noise.
      ComputationRule("num_experts_per_tok") { _ in [.chosenExperts(2)] },
      .number("router_jitter_noise", 0.01) { .routerTolerance(2 * $0) },
    ], sizes: decoderSizes.union(["num_local_experts", "num_experts"]),
    incidental: ["input_jitter_noise"],
    optionalTensors: projections(attention: "attention_bias"), headBias: .headBias("lm_head_bias"))
}

extension ComputationRule {
  /// How many experts each token has, of a class that has no default.
  fileprivate static let demandedExperts = ComputationRule("num_experts_per_tok") {
    (configuration) throws(ModelError) in
    [.chosenExperts(try configuration.count("num_experts_per_tok"))]
  }

  /// The least that weights are divided by; the chosen of n experts have at least their share of 1.
  fileprivate static let ernieFloor = ComputationRule("moe_norm_min") {
    (configuration) throws(ModelError) in
    guard let floor = try configuration.optionalNumber("moe_norm_min") else { return [] }
    let chosen = try configuration.optionalCount("moe_k", "num_experts_per_tok") ?? 6
    let all = try configuration.optionalCount("moe_num_experts", "num_experts") ?? 64
    guard floor * Double(all) <= Double(chosen) else {
      throw ModelError(
        .unsupportedSetting, "config.json",
        "'moe_norm_min' is \(floor), which the weights of \(chosen) of \(all) experts may fall short of"
      )
    }
    return []
  }
}
