internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// AFMoE, K-EXAONE, Command R with experts, DBRX; and Apertus.

extension FamilyComputation {
  static let afmoe = FamilyComputation(
    "AfmoeForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal,
      .rotary(
        RotaryRule(headWidth: head128), reading: ["layer_types", "global_attn_every_n_layers"],
        turns: { (configuration, layer) throws(ModelError) in
          try configuration.slides(layer, everyNthOfAFMoE)
        }),
      .windows(
        otherwise: 1024, reading: ["global_attn_every_n_layers"], slides: everyNthOfAFMoE),
      ComputationRule("mup_enabled") { (configuration) throws(ModelError) in
        let isScaled = configuration["mup_enabled"]?.bool ?? false
        return [.embeddingScale(isScaled ? Float(try configuration.width()).squareRoot() : 1)]
      }, .chosenExperts(6), .number("route_scale", 1) { .expertScale($0) },
      // transformers divides and weighs so whatever these keys say.
      ComputationRule("route_norm") { _ in [.normalizedExperts(true)] },
      ComputationRule("score_func") { _ in [.routing(.sigmoid)] },
    ], sizes: decoderSizes.union(expertNames).union(["num_dense_layers", "layer_types"]),
    incidental: [
      "n_group", "topk_group", "num_expert_groups", "num_limited_groups", "load_balance_coeff",
      "use_grouped_mm",
    ],
    optionalTensors: projections(attention: "attention_bias"))

  private static let everyNthOfAFMoE: @Sendable (Configuration, Int) throws(ModelError) -> Bool = {
    (configuration, layer) throws(ModelError) in
    let period = try configuration.optionalCount("global_attn_every_n_layers") ?? 4
    return period == 0 || (layer + 1) % period != 0
  }

  static let exaoneMoE = FamilyComputation(
    "ExaoneMoeForCausalLM", "ExaoneMoEForCausalLM",
    rules: exaoneRules + [
      .chosenExperts(8), .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
      .number("routed_scaling_factor", 2.5) { .expertScale($0) },
      ComputationRule("scoring_func") { _ in [.routing(.sigmoid)] }, .groupsOfTwo(),
    ],
    sizes: decoderSizes.union(expertNames).union([
      "mlp_layer_types", "first_k_dense_replace", "first_last_k_dense_replace",
      "num_nextn_predict_layers",
    ]), incidental: ["topk_method"], optionalTensors: projections(attention: nil))

  static let cohere2MoE = FamilyComputation(
    "Cohere2MoeForCausalLM",
    rules: [
      .activation(), .epsilon("layer_norm_eps", 1e-5), .causal,
      .number("logit_scale", 0.0625) { .logitScale($0) },
      .rotary(
        RotaryRule(headWidth: head128), reading: cohereLayers,
        turns: { (configuration, layer) throws(ModelError) in
          let dense = try Architecture.cohereDense(configuration)
          let prefix = try configuration.optionalCount("prefix_dense_sliding_window_pattern") ?? 1
          if layer < dense, prefix == 1 { return true }
          guard try configuration.window(otherwise: 4096) != nil else { return false }
          return try configuration.slides(layer, slidesInCohere)
        }),
      .windows(otherwise: 4096, reading: cohereLayers, slides: slidesInCohere),
      .chosenExperts(2),
      ComputationRule("expert_selection_fn", "norm_topk_prob") {
        (configuration) throws(ModelError) in
        switch configuration["expert_selection_fn"]?.text ?? "softmax" {
        // Softmax over the chosen is softmax over all, divided by the sum of the chosen.
        case "softmax": return [.routing(.softmax), .normalizedExperts(true)]
        case "sigmoid":
          return [
            .routing(.sigmoid), .normalizedExperts(configuration["norm_topk_prob"]?.bool ?? true),
          ]
        case let name:
          throw ModelError(
            .invalidMetadata, "config.json",
            "'expert_selection_fn' is '\(name)': 'softmax' or 'sigmoid' is expected")
        }
      },
      ComputationRule("shared_expert_combination_strategy", "num_shared_experts") {
        (configuration) throws(ModelError) in
        guard try configuration.optionalCount("num_shared_experts") ?? 0 > 0 else { return [] }
        switch configuration["shared_expert_combination_strategy"]?.text ?? "average" {
        case "average": return [.averagesShared(true)]
        case "sum": return [.averagesShared(false)]
        case let name:
          throw ModelError(
            .invalidMetadata, "config.json",
            "'shared_expert_combination_strategy' is '\(name)': 'average' or 'sum' is expected")
        }
      },
    ],
    sizes: decoderSizes.union(expertNames).union([
      "prefix_dense_intermediate_size", "num_nextn_predict_layers",
    ]), incidental: ["use_gated_activation", "use_parallel_block", "rotary_pct"],
    refusals: [
      KeyRefusal(key: "rms_norm_eps") { $0.isNull ? nil : "norms by the root mean square" }
    ],
    optionalTensors: projections(attention: "attention_bias"), tiesHead: true)

  private static let cohereLayers: [ByteString] = [
    "layer_types", "mlp_layer_types", "first_k_dense_replace", "sliding_window",
    "sliding_window_pattern", "prefix_dense_sliding_window_pattern",
  ]

  private static let slidesInCohere: @Sendable (Configuration, Int) throws(ModelError) -> Bool = {
    (configuration, layer) throws(ModelError) in
    let dense = try Architecture.cohereDense(configuration)
    let key: ByteString =
      layer < dense ? "prefix_dense_sliding_window_pattern" : "sliding_window_pattern"
    let period = try configuration.optionalCount(key) ?? (layer < dense ? 1 : 4)
    return period == 0 || ((layer < dense ? layer : layer - dense) + 1) % period != 0
  }

  static let dbrx = FamilyComputation(
    "DbrxForCausalLM",
    rules: [
      .causal, .always(.epsilon(1e-5)),
      .rotary(reading: ["d_model", "n_heads"]),
      ComputationRule("attn_config") { (configuration) throws(ModelError) in
        let limit = try Configuration.number(
          configuration.value(at: ["attn_config", "clip_qkv"]), ["clip_qkv"])
        return [.clamp(limit.map { Float($0) }, afterNormalization: false)]
      },
      ComputationRule("ffn_config") { (configuration) throws(ModelError) in
        let name = configuration.value(at: ["ffn_config", "ffn_act_fn", "name"])?.text ?? "silu"
        guard let function = ActivationFunction(transformers: name) else {
          throw ModelError(
            .invalidMetadata, "config.json", "'ffn_act_fn' is '\(name)', which is not known")
        }
        let chosen = try configuration.value(at: ["ffn_config", "moe_top_k"]).map {
          (value) throws(ModelError) in try Configuration.count(value, ["moe_top_k"])
        }
        let key: ByteString = "moe_normalize_expert_weights"
        let object = configuration["ffn_config"]?.object
        let order =
          object?[key] == nil
          ? 1 : try Configuration.number(configuration.value(at: ["ffn_config", key]), [key])
        return [
          .activation(function), .chosenExperts(chosen ?? 1), .routing(.softmax),
          .normalizedExperts(order != nil), .expertNorm(Float(order ?? 1)),
        ]
      },
    ],
    sizes: decoderSizes.union(["n_layers", "max_seq_len"]),
    incidental: ["resid_pdrop", "emb_pdrop"])

  static let apertus = FamilyComputation(
    "ApertusForCausalLM",
    rules: [
      ComputationRule("hidden_act") { (configuration) throws(ModelError) in
        let name = configuration["hidden_act"]?.text ?? "xielu"
        guard name == "xielu" else {
          return try ComputationRule.activation().settings(configuration)
        }
        return []
      }, .epsilon(otherwise: 1e-5), .causal,
      .rotary(RotaryRule(base: 12_000_000, otherwise: apertusRope)),
    ], sizes: decoderSizes, incidental: ["mlp_bias", "post_norm", "qk_norm"],
    optionalTensors: projections(attention: "attention_bias"))

  private static let apertusRope: JSONObject = {
    let value: JSONValue = [
      "rope_type": "llama3", "rope_theta": 12_000_000.0, "factor": 8.0,
      "original_max_position_embeddings": 8192, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    ]
    return value.object ?? JSONObject()
  }()
}
