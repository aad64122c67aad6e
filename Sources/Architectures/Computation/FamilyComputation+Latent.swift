internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Latent attention beside DeepSeek 2 and 3.

extension FamilyComputation {
  static let latentWithIndexer = FamilyComputation(
    "DeepseekV32ForCausalLM",
    rules: latentRules(epsilon: 1e-6, scale: 2.5, groups: (8, 4)), sizes: latentSizes,
    incidental: latentIncidental, optionalTensors: latentTensors)

  static let glmDSA = FamilyComputation(
    "GlmMoeDsaForCausalLM", rules: latentRules(epsilon: 1e-5, scale: 2.5, groups: (1, 1)),
    sizes: latentSizes.union([
      "indexer_types", "index_topk_pattern", "index_topk_freq", "index_skip_topk_offset",
    ]), incidental: latentIncidental, optionalTensors: latentTensors)

  static let glm4MoELite = FamilyComputation(
    "Glm4MoeLiteForCausalLM",
    rules: latentRules(epsilon: 1e-5, scale: 1.8, groups: (1, 1)) + [
      .flag("rope_interleave", otherwise: true) { .interleaved($0) }
    ], sizes: latentSizes, incidental: latentIncidental, optionalTensors: latentTensors)

  static let mistral4 = FamilyComputation(
    "Mistral4ForCausalLM", "Mistral3ForConditionalGeneration", rules: mistral4Rules,
    sizes: latentSizes,
    incidental: latentIncidental, optionalTensors: latentTensors, modelType: "mistral4")

  private static let mistral4Rules: [ComputationRule] = [
    .activation(), .epsilon(otherwise: 1e-6), .causal, .always(.latentEpsilon(1e-6)),
    // The part that turns is named as a share of whole keys.
    .rotary(
      RotaryRule(
        part: .factor(otherwise: 0.5, keys: ["partial_rotary_factor"]),
        headWidth: { (configuration) throws(ModelError) in
          try (configuration.optionalCount("qk_nope_head_dim") ?? 64)
            + (configuration.optionalCount("qk_rope_head_dim") ?? 64)
        })), .latentScale, .chosenExperts(4),
    .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
    .number("routed_scaling_factor", 1) { .expertScale($0) }, .always(.routing(.softmax)),
    .groupsOfTwo(), .flag("rope_interleave", otherwise: true) { .interleaved($0) },
    ComputationRule("rope_parameters") { (configuration) throws(ModelError) in
      let layers = try configuration.layerCount()
      let rope = configuration.fullRope
      var temperature: QueryTemperature?
      if let scale = rope["llama_4_scaling_beta"]?.double, scale != 0,
        let length = rope["original_max_position_embeddings"]?.integer, length > 0
      {
        temperature = QueryTemperature(scale: Float(scale), offset: 0, length: length)
      }
      return [.temperatures([QueryTemperature?](repeating: temperature, count: layers))]
    },
  ]

  static let miniCPM3 = FamilyComputation(
    "MiniCPM3ForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal, .always(.latentEpsilon(1e-6)),
      .rotary(RotaryRule(headWidth: rotatedWidth)), .latentScale,
      .number("scale_emb", 12) { .embeddingScale($0) },
      ComputationRule("scale_depth") { (configuration) throws(ModelError) in
        let layers = Double(try configuration.layerCount()).squareRoot()
        let depth =
          configuration.has("scale_depth")
          ? try configuration.optionalNumber("scale_depth") ?? layers : 1.4
        return [.residualScale(Float(depth / layers))]
      },
      ComputationRule("dim_model_base") { (configuration) throws(ModelError) in
        let width = try configuration.width()
        let base =
          configuration.has("dim_model_base")
          ? try configuration.optionalCount("dim_model_base") ?? width : 256
        return [.logitScale(Float(Double(base) / Double(width)))]
      },
    ], sizes: latentSizes, incidental: ["bos_token_id"],
    optionalTensors: [
      OptionalTensors(
        "attention_bias", in: "model.layers.{n}.self_attn.",
        ["q_a_proj.bias", "kv_a_proj_with_mqa.bias", "o_proj.bias"]), .network("mlp_bias"),
    ], tiesHead: true)

  private static func latentRules(
    epsilon: Double, scale: Double, groups: (Int, Int)
  ) -> [ComputationRule] {
    [
      .activation(), .epsilon(otherwise: epsilon), .causal, .always(.latentEpsilon(1e-6)),
      .rotary(
        RotaryRule(
          part: .factor(otherwise: 1, keys: ["partial_rotary_factor"]), headWidth: rotatedWidth)),
      .latentScale, .chosenExperts(8),
      .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
      ComputationRule("scoring_func") { _ in [.routing(.sigmoid)] },
      .groupsOfTwo(otherwise: groups),
      .number("routed_scaling_factor", scale) { .expertScale($0) },
    ]
  }

  private static let latentSizes = decoderSizes.union(expertNames).union([
    "q_lora_rank", "kv_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "qk_head_dim",
    "v_head_dim", "first_k_dense_replace", "mlp_layer_types", "index_n_heads", "index_head_dim",
    "index_topk", "num_nextn_predict_layers",
  ])

  private static let latentIncidental: Set<ByteString> = [
    "topk_method", "moe_layer_freq", "layer_types", "mlp_bias", "rope_interleave",
    "indexer_rope_interleave", "ep_size", "num_mtp_layers", "tie_encoder_decoder",
  ]

  private static let latentTensors = [
    OptionalTensors(
      "attention_bias", in: "model.layers.{n}.self_attn.",
      ["q_a_proj.bias", "kv_a_proj_with_mqa.bias", "o_proj.bias"]), .network(nil),
  ]
}
