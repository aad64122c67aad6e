internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Nemotron H, Falcon H1 and Jamba: state spaces beside or between attention.

extension FamilyComputation {
  static let nemotronH = FamilyComputation(
    "NemotronHForCausalLM",
    rules: [
      .activation("mlp_hidden_act", "relu2"), .epsilon("layer_norm_epsilon", 1e-5), .causal,
      .stateActivation("mamba_hidden_act"),
      // transformers bounds time steps by what elsewhere only begins their training: too little to see in
      // published models, all of which have 0.001 there.
      ComputationRule(of: []) { (configuration) throws(ModelError) in
        let low = try configuration.optionalNumber("time_step_min") ?? 0.001
        return low > 0.001 ? [] : [.timeSteps(low: Float(low), high: .infinity)]
      },
      ComputationRule("time_step_min") { (configuration) throws(ModelError) in
        let low = try configuration.optionalNumber("time_step_min") ?? 0.001
        return low > 0.001 ? [.timeSteps(low: Float(low), high: .infinity)] : []
      }, .chosenExperts(2), .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
      .number("routed_scaling_factor", 1) { .expertScale($0) }, .always(.routing(.sigmoid)),
      .groupsOfTwo(),
    ],
    sizes: decoderSizes.union(expertNames).union([
      "hybrid_override_pattern", "layers_block_type", "layer_types", "ssm_state_size",
      "mamba_num_heads", "mamba_head_dim", "n_groups", "conv_kernel", "expand",
      "moe_shared_expert_intermediate_size", "moe_latent_size", "attention_head_dim",
      "num_nextn_predict_layers", "rms_norm_eps",
    ]),
    incidental: stateSpaceIncidental.union([
      "time_step_limit", "mamba_ssm_cache_dtype", "moe_shared_expert_overlap", "attention_bias",
      "mtp_hybrid_override_pattern", "mtp_layers_block_type", "sliding_window", "topk_method",
      "scoring_func", "rope_theta", "partial_rotary_factor", "rope_parameters", "rope_scaling",
      "use_mamba_kernels", "mamba_proj_bias", "is_hybrid_model", "head_dim",
    ]),
    optionalTensors: [
      OptionalTensors(
        "mlp_bias", in: "backbone.layers.{n}.mixer.", ["up_proj.bias", "down_proj.bias"]),
      OptionalTensors(
        nil, in: "backbone.layers.{n}.mixer.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias", "o_proj.bias"]),
    ]
      + stateSpaceTensors(
        "backbone.layers.{n}.mixer.", convolution: "use_conv_bias", projections: "use_bias"))

  static let falconH1 = FamilyComputation(
    "FalconH1ForCausalLM",
    rules: [
      .activation(), .stateActivation(), .epsilon(otherwise: 1e-5), .causal, .rotary(),
      .timeStepLimit,
      .flag("mamba_norm_before_gate", otherwise: true) { .normalizesBeforeGate($0) },
      // A head that is the embeddings has their factor and not its own.
      ComputationRule("lm_head_multiplier", "embedding_multiplier", "tie_word_embeddings") {
        (configuration) throws(ModelError) in
        guard configuration["tie_word_embeddings"]?.bool == true else { return [] }
        let own = try configuration.optionalNumber("lm_head_multiplier") ?? 1
        let other = try configuration.optionalNumber("embedding_multiplier") ?? 1
        return other == 0 ? [] : [.logitScale(Float(own / other))]
      },
    ],
    sizes: mixerSizes.union([
      "mamba_d_ssm", "mlp_multipliers", "key_multiplier", "attention_out_multiplier",
      "attention_in_multiplier", "ssm_multipliers", "ssm_in_multiplier", "ssm_out_multiplier",
    ]), incidental: stateSpaceIncidental,
    optionalTensors: projections(attention: "attention_bias") + [
      OptionalTensors(
        "mlp_bias", in: "model.layers.{n}.feed_forward.",
        ["gate_proj.bias", "up_proj.bias", "down_proj.bias"]),
      OptionalTensors("mamba_rms_norm", in: "model.layers.{n}.mamba.", ["norm.weight"]),
      OptionalTensors(
        "mamba_conv_bias", otherwise: true, in: "model.layers.{n}.mamba.", ["conv1d.bias"]),
      OptionalTensors("mamba_proj_bias", in: "model.layers.{n}.mamba.", ["in_proj.bias"]),
      OptionalTensors("projectors_bias", in: "model.layers.{n}.mamba.", ["out_proj.bias"]),
    ])

  static let jamba = FamilyComputation(
    "JambaForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .causal, .chosenExperts(2),
      .always(.normalizedExperts(false), .routing(.softmax)),
    ],
    sizes: mixerSizes.union(expertNames).union([
      "attn_layer_period", "attn_layer_offset", "expert_layer_period", "expert_layer_offset",
      "mamba_dt_rank",
    ]),
    incidental: stateSpaceIncidental.union([
      "use_mambapy", "use_associative_scan", "use_mamba_kernels", "mamba_inner_layernorms",
      "calc_logits_for_entire_prompt", "sliding_window", "layer_norm_epsilon", "layer_types",
      "layers_block_type",
    ]),
    optionalTensors: projections(attention: nil)
      + stateSpaceTensors(
        "model.layers.{n}.mamba.", convolution: "mamba_conv_bias", projections: "mamba_proj_bias"
      ))
}
