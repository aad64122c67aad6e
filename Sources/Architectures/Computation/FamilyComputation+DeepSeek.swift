internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// DeepSeek 2 and 3: latent attention and groups of experts.

extension FamilyComputation {
  static let deepSeek2 = FamilyComputation(
    "DeepseekV2ForCausalLM",
    rules: deepSeekRules + [
      .chosenExperts(6), .always(.normalizedExperts(false), .routing(.softmax)),
      ComputationRule("topk_method", "n_group", "topk_group") {
        (configuration) throws(ModelError) in
        switch configuration["topk_method"]?.text ?? "greedy" {
        case "greedy": return [.expertGroups(nil)]
        case "group_limited_greedy":
          return [.expertGroups(try configuration.groups(summed: 1, otherwise: nil))]
        case let method:
          throw ModelError(
            .invalidMetadata, "config.json",
            "'topk_method' is '\(method)': 'greedy' or 'group_limited_greedy' is expected")
        }
      }, .number("routed_scaling_factor", 1) { .expertScale($0) },
    ],
    sizes: deepSeekSizes,
    incidental: deepSeekIncidental.union(["norm_topk_prob", "scoring_func"]),
    optionalTensors: deepSeekTensors)

  static let deepSeek3 = FamilyComputation(
    "DeepseekV3ForCausalLM",
    rules: deepSeekRules + [
      .chosenExperts(8), .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
      // transformers computes the logistic function, whatever the configuration names.
      ComputationRule("scoring_func") { _ in [.routing(.sigmoid)] },
      ComputationRule("n_group", "topk_group") { (configuration) throws(ModelError) in
        [.expertGroups(try configuration.groups(summed: 2, otherwise: (8, 4)))]
      }, .number("routed_scaling_factor", 2.5) { .expertScale($0) },
      .flag("rope_interleave", otherwise: true) { .interleaved($0) },
    ],
    sizes: deepSeekSizes,
    incidental: deepSeekIncidental.union(["topk_method", "num_mtp_layers"]),
    optionalTensors: deepSeekTensors)

  /// DeepSeek 3 as the text model of what sees, whose own code has no groups where nothing is said.
  static let deepSeek3Wrapped = FamilyComputation(
    "KimiVLForConditionalGeneration", "KimiK25ForConditionalGeneration",
    "YoutuVLForConditionalGeneration",
    rules: deepSeek3.rules.filter { $0.keys.first != "n_group" } + [.groupsOfTwo()],
    sizes: deepSeekSizes, incidental: deepSeek3.incidental.union(imageKeys),
    optionalTensors: deepSeekTensors)

  /// Tencent's own code beside the checkpoints names what DeepSeek 3 does, without experts.
  static let youtu = FamilyComputation(
    "YoutuForCausalLM",
    rules: deepSeekRules + [.flag("rope_interleave", otherwise: true) { .interleaved($0) }],
    sizes: deepSeekSizes, incidental: deepSeekIncidental, optionalTensors: deepSeekTensors,
    tiesHead: true)

  private static let deepSeekRules: [ComputationRule] = [
    .activation(), .epsilon(otherwise: 1e-6), .causal, .always(.latentEpsilon(1e-6)),
    .rotary(RotaryRule(headWidth: rotatedWidth)), .latentScale,
  ]

  /// Elements of a head that are rotated.
  static let rotatedWidth: @Sendable (Configuration) throws(ModelError) -> Int = {
    (configuration) throws(ModelError) in
    try configuration.optionalCount("qk_rope_head_dim") ?? 64
  }

  private static let deepSeekSizes = decoderSizes.union([
    "q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "qk_head_dim",
    "v_head_dim", "moe_intermediate_size", "n_routed_experts", "n_shared_experts",
    "first_k_dense_replace", "num_experts", "num_local_experts",
  ])

  private static let deepSeekIncidental: Set<ByteString> = [
    "num_nextn_predict_layers", "moe_layer_freq", "ep_size", "aux_loss_alpha", "seq_aux",
    "mlp_bias",
  ]

  private static let deepSeekTensors = [
    OptionalTensors(
      "attention_bias", in: "model.layers.{n}.self_attn.",
      ["q_a_proj.bias", "kv_a_proj_with_mqa.bias", "o_proj.bias"]),
    .network(nil),
  ]
}

extension ComputationRule {
  /// YaRN's factor of whole keys: transformers' `yarn_apply_mscale`.
  static let latentScale = ComputationRule("rope_parameters", "rope_scaling") {
    (configuration) throws(ModelError) in
    let width =
      try (configuration.optionalCount("qk_nope_head_dim") ?? 128)
      + (configuration.optionalCount("qk_rope_head_dim") ?? 64)
    var scale = 1 / Double(width).squareRoot()
    let rope = configuration.fullRope
    if rope["rope_type"]?.text ?? rope["type"]?.text ?? "default" != "default",
      let all = rope["mscale_all_dim"]?.double, all != 0, let factor = rope["factor"]?.double
    {
      let magnitude = FrequencyMaker.magnitude(factor, all)
      scale *= magnitude * magnitude
    }
    return [
      .scoreScales([Float](repeating: Float(scale), count: try configuration.layerCount()))
    ]
  }
}

extension Configuration {
  /// Groups of experts; nil where there is one.
  func groups(
    summed: Int, otherwise: (count: Int, chosen: Int)?
  ) throws(ModelError) -> ExpertGroups? {
    guard let count = try optionalCount("n_group") ?? otherwise?.count, count > 1,
      let chosen = try optionalCount("topk_group") ?? otherwise?.chosen, chosen > 0
    else { return nil }
    return ExpertGroups(count: count, chosen: chosen, summed: summed)
  }
}
