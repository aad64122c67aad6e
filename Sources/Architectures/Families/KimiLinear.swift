internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Kimi Linear: three layers of Kimi's delta attention, then latent attention without positions.
  package static let kimiLinear = Architecture(
    name: "kimi-linear", configurationNames: ["KimiLinearForCausalLM"], computations: [.kimiLinear],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("kv_lora_rank", 512), ConfigurationDefault("qk_nope_head_dim", 128),
      ConfigurationDefault("qk_rope_head_dim", 64), ConfigurationDefault("v_head_dim", 128),
      ConfigurationDefault("moe_router_activation_func", "sigmoid"),
    ],
    hyperparameters: HyperparameterRule.common.replacing(kimiKeyHeads).replacing(
      .count("{arch}.attention.key_length") { (configuration) throws(ModelError) in
        try configuration.count("kv_lora_rank") + configuration.count("qk_rope_head_dim")
      }) + kimiSizes,
    tensors: deepSeekNetwork + kimiTensors + TensorRule.stackedExperts("mlp.experts")
      + TensorRule.stackedExperts("block_sparse_moe.experts"),
    export: .kimiLinear, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = nil
      $0.arrangement = .sequential
      $0.routing = .sigmoid
      $0.biasedRouting = .sigmoid
    })

  /// Layers with latent attention, counted from 0.
  static func kimiFullLayers(_ configuration: Configuration) -> Set<Int> {
    if let full = configuration.value(at: ["linear_attn_config", "full_attn_layers"])?.array {
      return Set(full.compactMap(\.integer).filter { $0 > 0 }.map { $0 - 1 })
    }
    let types = configuration["layer_types"]?.array ?? []
    return Set(types.indices.filter { types[$0].text == "full_attention" })
  }

  private static let kimiKeyHeads = HyperparameterRule("{arch}.attention.head_count_kv") {
    (configuration) throws(ModelError) in
    let full = kimiFullLayers(configuration)
    return .array(
      .int32((0..<(try configuration.layerCount())).map { full.contains($0) ? 1 : 0 }))
  }

  private static func linear(
    _ key: String, _ nested: ByteString, _ flat: ByteString
  ) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      if let value = configuration.value(at: ["linear_attn_config", nested]) {
        return try Configuration.count(value, [nested])
      }
      return try configuration.optionalCount(flat)
    }
  }

  private static let kimiSizes: [HyperparameterRule] = [
    .vocabularySize,
    linear("{arch}.ssm.conv_kernel", "short_conv_kernel_size", "linear_conv_kernel_dim"),
    linear("{arch}.kda.head_dim", "head_dim", "linear_head_dim"),
    .count("{arch}.attention.q_lora_rank", "q_lora_rank", "n_lora_q"),
    .count("{arch}.attention.kv_lora_rank", "kv_lora_rank", "n_lora_kv"),
    .count("{arch}.rope.dimension_count", "qk_rope_head_dim", "n_rot"),
    .count("{arch}.attention.key_length_mla") { (configuration) throws(ModelError) in
      try configuration.count("qk_nope_head_dim") + configuration.count("qk_rope_head_dim")
    }, .count("{arch}.attention.value_length_mla", "v_head_dim"),
    .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
    .count("{arch}.expert_shared_count", "num_shared_experts", "n_shared_experts"),
    .count("{arch}.leading_dense_block_count", "first_k_dense_replace"),
    .number("{arch}.expert_weights_scale", "routed_scaling_factor"),
  ]

  private static let kimiTensors: [TensorRule] =
    deepSeekTensors.filter { !$0.source.text.contains(".mlp.") } + [
      .layer("self_attn.A_log", "ssm_a", .negativeExponential),
      .layer("self_attn.b_proj.weight", "ssm_beta.weight"),
      .layer("self_attn.dt_bias", "ssm_dt.bias"),
      .layer("self_attn.f_a_proj.weight", "ssm_f_a.weight"),
      .layer("self_attn.f_b_proj.weight", "ssm_f_b.weight"),
      .layer("self_attn.g_a_proj.weight", "ssm_g_a.weight"),
      .layer("self_attn.g_b_proj.weight", "ssm_g_b.weight"),
      .layer("self_attn.o_norm.weight", "ssm_norm.weight"),
      .layer("self_attn.q_conv1d.weight", "ssm_conv1d_q.weight", .convolution),
      .layer("self_attn.k_conv1d.weight", "ssm_conv1d_k.weight", .convolution),
      .layer("self_attn.v_conv1d.weight", "ssm_conv1d_v.weight", .convolution),
      // transformers writes the networks of leading layers so again.
      .layer("block_sparse_moe.gate_proj.weight", "ffn_gate.weight").readOnly,
      .layer("block_sparse_moe.up_proj.weight", "ffn_up.weight").readOnly,
      .layer("block_sparse_moe.down_proj.weight", "ffn_down.weight").readOnly,
      .layer("block_sparse_moe.gate.weight", "ffn_gate_inp.weight"),
      .layer("block_sparse_moe.gate.e_score_correction_bias", "exp_probs_b.bias"),
      .layer("block_sparse_moe.experts.{e}.w1.weight", "ffn_gate_exps.weight"),
      .layer("block_sparse_moe.experts.{e}.w2.weight", "ffn_down_exps.weight"),
      .layer("block_sparse_moe.experts.{e}.w3.weight", "ffn_up_exps.weight"),
      .layer("block_sparse_moe.shared_experts.down_proj.weight", "ffn_down_shexp.weight"),
      .layer("block_sparse_moe.shared_experts.gate_proj.weight", "ffn_gate_shexp.weight"),
      .layer("block_sparse_moe.shared_experts.up_proj.weight", "ffn_up_shexp.weight"),
    ]
}

extension TensorChange {
  /// Channels and taps as readers of Kimi Linear's files want them: [1, channels, 1, taps].
  fileprivate static let convolution = TensorChange.reshape(
    { (_, shape) throws(ModelError) in
      guard let channels = shape.dimensions.first, let taps = shape.dimensions.last,
        shape.elementCount == channels * taps
      else {
        throw ModelError(
          .shapeMismatch, "config.json", "\(shape) is not one row of taps for each channel")
      }
      return [1, channels, 1, taps]
    }, back: { (_, shape) in [shape.elementCount / max(1, shape.rowLength), 1, shape.rowLength] })
}

extension ConfigurationExport {
  /// As published, with the layers of each kind counted from 1.
  static let kimiLinear = ConfigurationExport(
    "kimi_linear", "KimiLinearForCausalLM",
    keys: ["num_experts", "num_experts_per_token", "model_max_length", "num_shared_experts"],
    [
      .computed("linear_attn_config") { facts in
        let full = facts.layers("attn_kv_a_mqa.weight")
        let linear = facts.layers("ssm_f_a.weight")
        guard let width = facts.integer("kda.head_dim"),
          let heads = linear.first.flatMap({ facts.shape("blk.\($0).ssm_a") })?.max(),
          let taps = facts.integer("ssm.conv_kernel")
        else { return nil }
        return [
          "full_attn_layers": .array(full.map { .integer($0 + 1) }),
          "kda_layers": .array(linear.map { .integer($0 + 1) }), "head_dim": .integer(width),
          "num_heads": .integer(heads), "short_conv_kernel_size": .integer(taps),
        ]
      },
      .integer("num_key_value_heads", "attention.head_count"),
      .optionalInteger("q_lora_rank", "attention.q_lora_rank"), .latentPlainWidth,
      .integer("head_dim", "rope.dimension_count"), .constant("moe_renormalize", true),
      .constant("moe_router_activation_func", "sigmoid"), .constant("mla_use_nope", true),
    ])
}

extension ConfigurationExport.Entry {
  /// Elements of a key that are not rotated.
  static let latentPlainWidth = computed("qk_nope_head_dim") { facts in
    guard let turning = facts.integer("rope.dimension_count"),
      let key = facts.integer("attention.key_length_mla") ?? facts.integer("attention.key_length")
    else { return nil }
    return .integer(key - turning)
  }
}
