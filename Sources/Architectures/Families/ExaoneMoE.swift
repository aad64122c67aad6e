internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// K-EXAONE: EXAONE 4's attention with norms before each part, and experts.
  package static let exaoneMoE = Architecture(
    name: "exaone-moe", configurationNames: ["ExaoneMoeForCausalLM", "ExaoneMoEForCausalLM"],
    computations: [.exaoneMoE],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(10_000),
      ConfigurationDefault("scoring_func", "sigmoid"),
    ],
    hyperparameters: HyperparameterRule.nextTokenCommon.filter {
      $0.key != "{arch}.rope.scaling.type"
    } + exaoneMoESizes,
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward
      + TensorRule.experts + TensorRule.sharedExperts + [
        .layer("mlp.e_score_correction_bias", "exp_probs_b.bias"), .choiceBias.readOnly,
      ] + TensorRule.nextTokenLayer,
    generated: [.ropeFrequencies], export: .exaoneMoE, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.arrangement = .sequential
      $0.windowed = .allBut(every: 4)
      $0.rotatesOnlyInWindows = true
      $0.biasedRouting = .sigmoid
      $0.normalizesExperts = false
    }, names: exaoneNames)

  private static let exaoneNames = TensorNames {
    $0.nextTokenLayers = .kept
    $0.renamed = TensorNames.nextTokenBlocks
  }

  private static let exaoneMoESizes: [HyperparameterRule] = [
    .vocabularySize, .slidingWindow, exaonePattern,
    .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
    .count("{arch}.expert_shared_count", "num_shared_experts"),
    .count("{arch}.expert_shared_feed_forward_length") { (configuration) throws(ModelError) in
      try configuration.count("moe_intermediate_size")
        * (configuration.optionalCount("num_shared_experts") ?? 1)
    }, .number("{arch}.expert_weights_scale", "routed_scaling_factor"),
    .flag("{arch}.expert_weights_norm", "norm_topk_prob", otherwise: true),
    .count("{arch}.leading_dense_block_count") { (configuration) throws(ModelError) in
      if let count = try configuration.optionalCount(
        "first_k_dense_replace", "first_last_k_dense_replace")
      {
        return count
      }
      let types = configuration["mlp_layer_types"]?.array ?? []
      return types.firstIndex { $0.text != "dense" } ?? types.count
    },
    .count("{arch}.nextn_predict_layers") { (configuration) throws(ModelError) in
      try configuration.nextTokenLayerCount()
    }, .noRopeScaling,
  ]

  /// Which layers slide: a list, letters in turn, or every n-th that does not.
  private static let exaonePattern = HyperparameterRule(
    "{arch}.attention.sliding_window_pattern"
  ) { (configuration) throws(ModelError) in
    guard configuration["sliding_window"] != nil else { return nil }
    if let types = configuration["layer_types"]?.array {
      return .array(.bool(types.map { $0.text == "sliding_attention" }))
    }
    let layers = try configuration.layerCount()
    let pattern = configuration["sliding_window_pattern"]
    if let letters = pattern?.string, letters.count > 0 {
      return .array(
        .bool((0..<layers).map { letters.bytes[$0 % letters.count] == UInt8(ascii: "L") }))
    }
    guard let period = pattern?.integer, period > 0 else { return nil }
    return .array(.bool((0..<layers).map { ($0 + 1) % period != 0 }))
  }
}

extension ConfigurationExport {
  /// Which layers slide stands in the metadata.
  static let exaoneMoE = ConfigurationExport(
    "exaone_moe", "ExaoneMoeForCausalLM", keys: ["num_experts"],
    [
      .plainLayers, .layerTypes, .constant("scoring_func", "sigmoid"),
      .constant("topk_method", "noaux_tc"),
      .networkLayers,
    ])
}

extension ConfigurationExport.Entry {
  /// Which layers have one network, which experts.
  static let networkLayers = computed("mlp_layer_types") { facts in
    let layers = (facts.integer("block_count") ?? 0) - (facts.integer("nextn_predict_layers") ?? 0)
    let sparse = Set(facts.layers("ffn_gate_inp.weight"))
    return .array((0..<max(0, layers)).map { sparse.contains($0) ? "sparse" : "dense" })
  }
}
