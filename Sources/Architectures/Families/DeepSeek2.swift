internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// DeepSeek 2 and 3: compressed keys and values, many small experts.
  package static let deepSeek2 = Architecture(
    name: "deepseek2",
    configurationNames: [
      "DeepseekV2ForCausalLM", "DeepseekV3ForCausalLM", "KimiVLForConditionalGeneration",
      "KimiK25ForConditionalGeneration", "YoutuVLForConditionalGeneration", "YoutuForCausalLM",
    ], computations: [.deepSeek2, .deepSeek3, .deepSeek3Wrapped, .youtu],
    defaults: [
      ConfigurationDefault("rms_norm_eps", 1e-6), .ropeBase(10_000),
      ConfigurationDefault("kv_lora_rank", 512), .logisticRouting,
    ],
    hyperparameters: deepSeekHyperparameters,
    tensors: deepSeekNetwork + TensorRule.experts + deepSeekTensors,
    export: .deepSeek2, vocabulary: .bytePair,
    traits: DecoderTraits {
      // Files of the first DeepSeek-V3 have the bias and do not name the function.
      $0.biasedRouting = .sigmoid
      $0.normalizesExperts = false
    })

  /// What the converter writes for latent attention.
  static let deepSeekHyperparameters: [HyperparameterRule] =
    HyperparameterRule.common
    // With compressed keys, all query heads share one.
    .replacing(.constant("{arch}.attention.head_count_kv", .uint32(1)))
    .replacing(
      .count("{arch}.attention.key_length") { (configuration) throws(ModelError) in
        try namesWidth(configuration) ? latentWidth(configuration) : nil
      }
    ).replacing(
      .count("{arch}.attention.value_length") { (configuration) throws(ModelError) in
        try namesWidth(configuration) ? configuration.count("kv_lora_rank") : nil
      }) + deepSeekSizes

  /// Whether a configuration names the width of a head, as the converter's program does for the classes
  /// that it knows itself; of the others, the keys for widths come later.
  private static func namesWidth(_ configuration: Configuration) -> Bool {
    let names = configuration["architectures"]?.array ?? []
    let others: [JSONValue] = [
      "KimiVLForConditionalGeneration", "KimiK25ForConditionalGeneration",
      "YoutuVLForConditionalGeneration", "Glm4MoeLiteForCausalLM",
    ]
    return configuration["head_dim"] != nil || !names.contains { others.contains($0) }
  }

  private static func latentWidth(_ configuration: Configuration) throws(ModelError) -> Int {
    try configuration.count("kv_lora_rank") + configuration.count("qk_rope_head_dim")
  }

  /// Everything but experts and latent attention.
  static let deepSeekNetwork: [TensorRule] =
    [.tiedOutput(otherwise: false)] + TensorRule.embeddings() + TensorRule.attention()
    + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward

  private static let deepSeekSizes: [HyperparameterRule] = [
    .count("{arch}.leading_dense_block_count") { (configuration) throws(ModelError) in
      if let count = try configuration.optionalCount("first_k_dense_replace") { return count }
      return configuration["n_routed_experts"] == nil ? try configuration.layerCount() : 0
    }, .vocabularySize, .count("{arch}.attention.q_lora_rank", "q_lora_rank"),
    .count("{arch}.attention.kv_lora_rank", "kv_lora_rank"),
    .count("{arch}.attention.key_length") { (configuration) throws(ModelError) in
      try namesWidth(configuration) ? nil : latentWidth(configuration)
    },
    .count("{arch}.attention.value_length") { (configuration) throws(ModelError) in
      try namesWidth(configuration) ? nil : configuration.count("kv_lora_rank")
    },
    .count("{arch}.attention.key_length_mla") { (configuration) throws(ModelError) in
      try configuration.count("qk_nope_head_dim") + configuration.count("qk_rope_head_dim")
    }, .count("{arch}.attention.value_length_mla", "v_head_dim"),
    .count("{arch}.expert_feed_forward_length", "moe_intermediate_size", "intermediate_size"),
    .count("{arch}.expert_shared_count") { (configuration) throws(ModelError) in
      try configuration.optionalCount("n_shared_experts") ?? 0
    }, .number("{arch}.expert_weights_scale", "routed_scaling_factor"),
    HyperparameterRule("{arch}.expert_weights_norm") { configuration in
      configuration["norm_topk_prob"]?.bool == true ? .bool(true) : nil
    }, .count("{arch}.rope.dimension_count", "qk_rope_head_dim"),
    .number("{arch}.rope.scaling.yarn_log_multiplier") { configuration in
      configuration.rope["mscale_all_dim"]?.double.map { 0.1 * $0 }
    },
  ]

  /// Latent attention, the shared expert and the bias of the choice.
  static let deepSeekTensors: [TensorRule] = [
    .layer("mlp.gate.e_score_correction_bias", "exp_probs_b.bias"),
    .layer("mlp.shared_experts.down_proj.weight", "ffn_down_shexp.weight"),
    .layer("mlp.shared_experts.gate_proj.weight", "ffn_gate_shexp.weight"),
    .layer("mlp.shared_experts.up_proj.weight", "ffn_up_shexp.weight"),
    .layer("self_attn.kv_a_layernorm.weight", "attn_kv_a_norm.weight"),
    .layer("self_attn.kv_a_proj_with_mqa.{s}", "attn_kv_a_mqa.{s}"),
    .layer("self_attn.q_a_layernorm.weight", "attn_q_a_norm.weight"),
    .layer("self_attn.q_a_proj.{s}", "attn_q_a.{s}"),
    .layer("self_attn.q_b_proj.weight", "attn_q_b.weight"),
    TensorRule(
      "model.layers.{n}.self_attn.kv_b_proj.weight",
      outputs: [
        .init("blk.{n}.attn_k_b.weight", [.keysOrValues(isKeys: true), .transpose]),
        .init("blk.{n}.attn_v_b.weight", [.keysOrValues(isKeys: false)]),
      ]),
  ]
}

extension ConfigurationDefault {
  /// Version 3 weighs experts by the logistic function, whatever its configuration names; readers of
  /// GGUF would take softmax where nothing is said.
  fileprivate static let logisticRouting: ConfigurationDefault = {
    var entry = ConfigurationDefault("scoring_func") { configuration in
      let names = configuration["architectures"]?.array ?? []
      return names.contains("DeepseekV3ForCausalLM") ? "sigmoid" : nil
    }
    entry.replaces = true
    return entry
  }()
}

extension TensorChange {
  /// The part for keys, or that for values, of each head of a fused projection: `[heads, width, rank]`.
  static func keysOrValues(isKeys: Bool) -> TensorChange {
    .arrange { (configuration, shape) throws(ModelError) in
      let heads = try configuration.keyValueHeadCount()
      let keys = try configuration.count("qk_nope_head_dim")
      let values = try configuration.count("v_head_dim")
      guard shape.dimensions.first == heads * (keys + values) else {
        throw ModelError(
          .shapeMismatch, "config.json",
          "\(shape) is not \(heads) heads of \(keys) rows for keys and \(values) for values")
      }
      let range = isKeys ? 0..<keys : keys..<keys + values
      return RowArrangement(
        grid: [heads, keys + values], ranges: [0..<heads, range], shape: [heads, range.count])
    }
  }
}

extension ConfigurationExport {
  /// Version 3 has a bias for choosing experts, or chooses by the logistic function.
  static let deepSeek2 = ConfigurationExport(
    { facts in
      let isThird =
        facts.integer("expert_gating_func") == 2
        || (0..<8).contains { facts.has("blk.\($0).exp_probs_b.bias") }
      return isThird
        ? .init("deepseek_v3", "DeepseekV3ForCausalLM")
        : .init("deepseek_v2", "DeepseekV2ForCausalLM")
    }, keys: ["n_routed_experts", "moe_intermediate_size"],
    [
      .integer("num_key_value_heads", "attention.head_count"),
      .optionalInteger("q_lora_rank", "attention.q_lora_rank"),
      .latentPlainWidth, .integer("qk_rope_head_dim", "rope.dimension_count"),
      .integer("head_dim", "rope.dimension_count"),
      .integer("v_head_dim", "attention.value_length_mla"),
      .integer("first_k_dense_replace", "leading_dense_block_count"),
      .integer("n_shared_experts", "expert_shared_count"),
      .computed("norm_topk_prob") { .bool($0["expert_weights_norm"]?.bool ?? false) },
      .computed("topk_method") { facts in
        facts.integer("expert_group_count") ?? 1 > 1 ? "group_limited_greedy" : "greedy"
      }, .attentionBias,
    ])
}
