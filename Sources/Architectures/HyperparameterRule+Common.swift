internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension HyperparameterRule {
  /// What llama.cpp's converter writes for almost every text model, in its order.
  package static let common: [HyperparameterRule] = sizes + ropeScaling + ropeBases + rest

  /// Sizes of the network.
  static let sizes: [HyperparameterRule] = [
    .count(
      "{arch}.block_count", reading: ["n_layers", "num_hidden_layers", "n_layer", "num_layers"]
    ) { (configuration) throws(ModelError) in
      try configuration.layerCount()
    },
    .count(
      "{arch}.context_length", "max_position_embeddings", "n_ctx", "n_positions", "max_length",
      "max_sequence_length", "model_max_length"),
    .count("{arch}.embedding_length", "hidden_size", "n_embd", "dim"),
    .count(
      "{arch}.feed_forward_length", "prefix_dense_intermediate_size", "dense_intermediate_size",
      "intermediate_size", "n_inner", "hidden_dim"),
    .count("{arch}.attention.head_count", "num_attention_heads", "n_head", "n_heads"),
    .count("{arch}.attention.head_count_kv", "num_key_value_heads", "n_kv_heads"),
    HyperparameterRule("{arch}.attention.causal") { configuration in
      configuration["is_causal"]?.bool == false ? .bool(false) : nil
    },
  ]

  /// How the rotary embedding is stretched.
  static let ropeScaling: [HyperparameterRule] = [
    HyperparameterRule("{arch}.rope.scaling.type") { configuration in
      switch configuration.ropeType {
      case "linear" where configuration.fullRope["factor"] != nil: .string("linear")
      case "yarn" where configuration.fullRope["factor"] != nil: .string("yarn")
      case "su", "longrope": .string("longrope")
      default: nil
      }
    },
    .rope("{arch}.rope.scaling.factor", "factor") { $0 == "linear" || $0 == "yarn" },
    .count("{arch}.rope.scaling.original_context_length") { (configuration) throws(ModelError) in
      guard configuration.ropeType == "yarn", configuration.fullRope["factor"] != nil else {
        return nil
      }
      let key: ByteString = "original_max_position_embeddings"
      guard let value = configuration.fullRope[key], !value.isNull else {
        // As transformers' `standardize_rope_params` fills it in.
        return try configuration.optionalCount("max_position_embeddings", "n_positions")
      }
      return try Configuration.count(value, [key])
    },
    .rope("{arch}.rope.scaling.yarn_ext_factor", "extrapolation_factor") { $0 == "yarn" },
    .rope("{arch}.rope.scaling.yarn_attn_factor", "attention_factor", "attn_factor") {
      $0 == "yarn"
    },
    .rope("{arch}.rope.scaling.yarn_beta_fast", "beta_fast") { $0 == "yarn" },
    .rope("{arch}.rope.scaling.yarn_beta_slow", "beta_slow") { $0 == "yarn" },
    HyperparameterRule("{arch}.rope.dimension_sections") { (configuration) throws(ModelError) in
      guard let sections = configuration.rope["mrope_section"]?.array else { return nil }
      var values: [Int32] = []
      for section in sections.prefix(4) {
        values.append(
          Int32(truncatingIfNeeded: try Configuration.count(section, ["mrope_section"])))
      }
      while values.count < 4 { values.append(0) }
      return .array(.int32(values))
    },
  ]

  /// The bases of the rotary embedding.
  static let ropeBases: [HyperparameterRule] = [
    .number("{arch}.rope.freq_base") { (configuration) throws(ModelError) in
      guard let value = configuration.fullRope["rope_theta"], !value.isNull else { return nil }
      return try Configuration.number(value, ["rope_theta"])
    },
    .number("{arch}.rope.freq_base_swa") { (configuration) throws(ModelError) in
      let value = configuration.rope["sliding_attention"]?["rope_theta"]
      guard let value, !value.isNull else { return nil }
      return try Configuration.number(value, ["rope_theta"])
    },
  ]

  /// Norms, experts, heads and the file type.
  static let rest: [HyperparameterRule] = [
    .number("{arch}.attention.layer_norm_rms_epsilon", "rms_norm_eps", "norm_eps"),
    .number(
      "{arch}.attention.layer_norm_epsilon", "layer_norm_eps", "layer_norm_epsilon",
      "norm_epsilon"),
    .count("{arch}.expert_count", "num_local_experts", "num_experts", "n_routed_experts"),
    .count(
      "{arch}.expert_used_count", "num_experts_per_tok", "num_experts_per_token",
      "top_k_experts"),
    .count("{arch}.expert_group_count", "n_group"),
    .count("{arch}.expert_group_used_count", "topk_group"),
    HyperparameterRule("{arch}.expert_gating_func") { (configuration) throws(ModelError) in
      let value = configuration[
        "score_function", "scoring_func", "score_func", "moe_router_activation",
        "moe_router_activation_func", "expert_selection_fn"]
      guard let value else { return nil }
      switch value.text {
      case "softmax": return .uint32(1)
      case "sigmoid": return .uint32(2)
      case "sqrtsoftplus": return .uint32(4)
      default:
        throw ModelError(
          .invalidMetadata, "config.json", "the expert gating function '\(value)' is not known")
      }
    },
    .count("{arch}.attention.key_length", "head_dim"),
    .count("{arch}.attention.value_length", "head_dim"),
    .fileType,
  ]
}
