internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Models of state spaces and delta nets, alone or between layers of attention.

extension FamilyComputation {
  static let qwen35 = FamilyComputation(
    "Qwen3_5ForCausalLM", "Qwen3_5ForConditionalGeneration", "MiniCPMV4_6ForConditionalGeneration",
    rules: qwen35Rules,
    sizes: deltaSizes, incidental: qwen35Incidental,
    optionalTensors: projections(attention: "attention_bias"))

  static let qwen35MoE = FamilyComputation(
    "Qwen3_5MoeForCausalLM", "Qwen3_5MoeForConditionalGeneration",
    rules: qwen35Rules + [.chosenExperts(8), .always(.normalizedExperts(true))],
    sizes: deltaSizes.union(expertNames), incidental: qwen35Incidental,
    optionalTensors: projections(attention: "attention_bias"))

  static let qwen3Next = FamilyComputation(
    "Qwen3NextForCausalLM",
    rules: qwen35Rules + [
      .chosenExperts(10), .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
    ],
    sizes: deltaSizes.union(expertNames).union(["decoder_sparse_step", "mlp_only_layers"]),
    incidental: qwen35Incidental, optionalTensors: projections(attention: "attention_bias"))

  private static let qwen35Rules: [ComputationRule] = [
    .activation(), .epsilon(otherwise: 1e-6), .causal,
    .rotary(
      RotaryRule(
        part: .factor(otherwise: 0.25, keys: ["partial_rotary_factor"]), headWidth: head256)),
  ]

  private static let deltaSizes = decoderSizes.union([
    "linear_conv_kernel_dim", "linear_key_head_dim", "linear_value_head_dim",
    "linear_num_key_heads", "linear_num_value_heads", "layer_types", "full_attention_interval",
    "mtp_num_hidden_layers", "num_nextn_predict_layers",
  ])

  /// Numbers of experts and their widths.
  static let expertNames: Set<ByteString> = [
    "num_experts", "num_local_experts", "n_routed_experts", "moe_intermediate_size",
    "shared_expert_intermediate_size", "num_shared_experts", "n_shared_experts",
  ]

  private static let qwen35Incidental: Set<ByteString> = [
    "mtp_use_dedicated_embeddings", "mlp_bias", "attn_output_gate", "mamba_ssm_dtype",
    "image_token_id", "video_token_id", "language_model_only", "insert_layer_id", "image_size",
    "drop_vision_last_layer", "downsample_mode", "merge_kernel_size", "merger_times",
  ]

  static let mamba2 = FamilyComputation(
    "Mamba2ForCausalLM",
    rules: [
      .stateActivation(), .epsilon("layer_norm_epsilon", 1e-5), .timeStepLimit,
    ],
    sizes: [
      "hidden_size", "d_model", "num_hidden_layers", "n_layer", "state_size", "d_state", "expand",
      "conv_kernel", "d_conv", "intermediate_size", "d_inner", "num_heads", "head_dim", "n_groups",
      "rms_norm_eps",
    ], incidental: stateSpaceIncidental.union(["time_step_rank", "time_step_min", "rms_norm"]),
    optionalTensors: stateSpaceTensors(
      "backbone.layers.{n}.mixer.", convolution: "use_conv_bias", projections: "use_bias"))

  static let graniteHybrid = FamilyComputation(
    "GraniteMoeHybridForCausalLM",
    rules: graniteRules.filter { $0.keys.first != "rope_parameters" } + [
      .stateActivation(), .chosenExperts(2), .always(.normalizedExperts(true)), .timeStepLimit,
      .rotary(
        reading: ["position_embedding_type"],
        turns: { (configuration, _) in
          configuration["position_embedding_type"]?.text == "rope"
        }),
    ],
    sizes: mixerSizes.union(expertNames).union([
      "shared_intermediate_size", "layer_types", "layers_block_type", "attn_layer_indices",
      "attn_layer_period", "attn_layer_offset",
    ]), incidental: stateSpaceIncidental,
    optionalTensors: projections(attention: "attention_bias")
      + stateSpaceTensors(
        "model.layers.{n}.mamba.", convolution: "mamba_conv_bias", projections: "mamba_proj_bias"
      ))

  static let bamba = FamilyComputation(
    "BambaForCausalLM",
    rules: [
      .activation(), .stateActivation(), .epsilon(otherwise: 1e-5), .causal, .timeStepLimit,
      .rotary(
        RotaryRule(part: .factor(otherwise: 0.5, keys: ["partial_rotary_factor"])),
        reading: ["attn_rotary_emb"]),
      // Rows that readers would find in another order stay in that of the checkpoint.
      ComputationRule("partial_rotary_factor") { (configuration) throws(ModelError) in
        try Architecture.bambaTurnsInPart(configuration) ? [.interleaved(false)] : []
      },
    ],
    sizes: mixerSizes.union([
      "layer_types", "layers_block_type", "attn_layer_indices", "attn_layer_period",
      "attn_layer_offset",
    ]), incidental: stateSpaceIncidental.union(["mlp_bias"]),
    optionalTensors: projections(attention: "attention_bias")
      + stateSpaceTensors(
        "model.layers.{n}.mamba.", convolution: "mamba_conv_bias", projections: "mamba_proj_bias"
      ))

  static let lfm2 = FamilyComputation(
    "Lfm2ForCausalLM", "LFM2ForCausalLM", rules: lfm2Rules, sizes: lfm2Sizes,
    incidental: lfm2Incidental, optionalTensors: lfm2Tensors, tiesHead: true)

  static let lfm2MoE = FamilyComputation(
    "Lfm2MoeForCausalLM",
    rules: lfm2Rules + [
      .chosenExperts(4), .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
      .number("routed_scaling_factor", 1) { .expertScale($0) }, .always(.routing(.sigmoid)),
    ], sizes: lfm2Sizes.union(expertNames).union(["num_dense_layers"]),
    incidental: lfm2Incidental,
    optionalTensors: lfm2Tensors + [
      OptionalTensors(
        "use_expert_bias", otherwise: true, in: "model.layers.{n}.feed_forward.", ["expert_bias"])
    ], tiesHead: true)

  private static let lfm2Rules: [ComputationRule] = [
    .epsilon("norm_eps", 1e-5), .causal, .rotary(RotaryRule(base: 1_000_000)),
  ]
  private static let lfm2Sizes = decoderSizes.union([
    "layer_types", "full_attn_idxs", "conv_L_cache", "block_ff_dim", "block_multiple_of",
    "block_ffn_dim_multiplier", "block_auto_adjust_ff_dim",
  ])
  private static let lfm2Incidental: Set<ByteString> = [
    "block_dim", "block_mlp_init_scale", "block_norm_eps", "block_out_init_scale",
    "block_use_swiglu", "block_use_xavier_init", "conv_dim", "conv_dim_out",
    "conv_use_xavier_init", "num_heads", "tie_embedding", "use_pos_enc", "theta",
  ]
  private static let lfm2Tensors = [
    OptionalTensors(
      "conv_bias", in: "model.layers.{n}.conv.", ["conv.bias", "in_proj.bias", "out_proj.bias"])
  ]

  static let kimiLinear = FamilyComputation(
    "KimiLinearForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal, .always(.latentEpsilon(1e-6)),
      ComputationRule("num_experts_per_token", "num_experts_per_tok") {
        (configuration) throws(ModelError) in
        [
          .chosenExperts(
            try configuration.optionalCount("num_experts_per_token", "num_experts_per_tok") ?? 8)
        ]
      },
      ComputationRule("moe_renormalize", "norm_topk_prob") { configuration in
        [.normalizedExperts(configuration["moe_renormalize", "norm_topk_prob"]?.bool ?? true)]
      }, .number("routed_scaling_factor", 2.446) { .expertScale($0) },
      ComputationRule("moe_router_activation_func") { _ in [.routing(.sigmoid)] },
      .groupsOfTwo("num_expert_group", "n_group"),
    ],
    sizes: decoderSizes.union(expertNames).union([
      "linear_attn_config", "linear_head_dim", "linear_num_heads", "linear_conv_kernel_dim",
      "layer_types", "mlp_layer_types", "first_k_dense_replace", "model_max_length",
      "q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "qk_head_dim",
      "v_head_dim", "n_lora_q", "n_lora_kv", "n_rot",
    ]),
    incidental: [
      "moe_layer_freq", "mla_use_nope", "rope_theta", "rope_scaling", "rope_parameters",
      "use_grouped_topk", "num_nextn_predict_layers", "partial_rotary_factor",
    ],
    optionalTensors: [
      OptionalTensors(
        "attention_bias", in: "model.layers.{n}.self_attn.",
        ["q_a_proj.bias", "kv_a_proj_with_mqa.bias", "o_proj.bias"]), .network(nil),
    ])

  /// Sizes of Mamba's mixer between layers of attention.
  static let mixerSizes = decoderSizes.union([
    "mamba_d_conv", "mamba_d_state", "mamba_n_groups", "mamba_n_heads", "mamba_d_head",
    "mamba_expand",
  ])

  /// What a state space has for training and kernels alone.
  static let stateSpaceIncidental: Set<ByteString> = [
    "chunk_size", "mamba_chunk_size", "residual_in_fp32", "rescale_prenorm_residual",
    "time_step_max", "time_step_floor", "time_step_min", "num_logits_to_keep", "norm_before_gate",
    "pad_vocab_size_multiple", "mamba_use_mlp", "init_method", "normalization_function",
  ]

  /// Biases of a state space.
  static func stateSpaceTensors(
    _ prefix: String, convolution: ByteString, projections: ByteString
  ) -> [OptionalTensors] {
    [
      OptionalTensors(projections, in: prefix, ["in_proj.bias", "out_proj.bias"]),
      OptionalTensors(convolution, otherwise: true, in: prefix, ["conv1d.bias"]),
    ]
  }
}

extension ComputationRule {
  /// The nonlinearity of a state space.
  static func stateActivation(_ key: ByteString = "hidden_act") -> ComputationRule {
    let plain = activation(key)
    return ComputationRule(key) { (configuration) throws(ModelError) in
      try plain.settings(configuration).map {
        if case .activation(let function) = $0 { .stateActivation(function) } else { $0 }
      }
    }
  }

  /// Bounds of time steps; infinity is written as an object, for JSON has no such number.
  static let timeStepLimit = ComputationRule("time_step_limit") {
    (configuration) throws(ModelError) in
    guard let limits = configuration["time_step_limit"]?.array else {
      return [.timeSteps(low: 0, high: .infinity)]
    }
    let numbers = limits.map { $0.double ?? ($0["__float__"] == nil ? .nan : .infinity) }
    guard numbers.count == 2, numbers[0] <= numbers[1] else {
      throw ModelError(
        .invalidMetadata, "config.json", "'time_step_limit' must be two numbers, the lower first")
    }
    return [.timeSteps(low: Float(numbers[0]), high: Float(numbers[1]))]
  }

  /// Groups of experts, of which the two best count, under the names that a class has for them.
  static func groupsOfTwo(
    _ names: ByteString..., chosen: ByteString = "topk_group", otherwise: (Int, Int) = (1, 1)
  ) -> ComputationRule {
    let names = names.isEmpty ? ["n_group"] : names
    return ComputationRule(of: names + [chosen]) { (configuration) throws(ModelError) in
      let count = try configuration.optionalCount(of: names) ?? otherwise.0
      let used = try configuration.optionalCount(chosen) ?? otherwise.1
      guard count > 1, used > 0 else { return [.expertGroups(nil)] }
      return [.expertGroups(ExpertGroups(count: count, chosen: used, summed: 2))]
    }
  }
}
