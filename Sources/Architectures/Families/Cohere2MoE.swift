internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Command R with experts: one norm for attention and network, what experts give is averaged.
  package static let cohere2MoE = Architecture(
    name: "cohere2moe", configurationNames: ["Cohere2MoeForCausalLM"], computations: [.cohere2MoE],
    defaults: [
      .keyValueHeads, ConfigurationDefault("head_dim", 128),
      ConfigurationDefault("layer_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 8192), .ropeBase(10_000),
      ConfigurationDefault("logit_scale", 0.0625), ConfigurationDefault("sliding_window", 4096),
      ConfigurationDefault("expert_selection_fn", "softmax"),
      ConfigurationDefault("num_experts", 8), ConfigurationDefault("num_experts_per_tok", 2),
      ConfigurationDefault("layer_types") { cohereTypes($0) },
    ],
    hyperparameters: HyperparameterRule.nextTokenCommon.filter {
      $0.key != "{arch}.rope.scaling.type"
    } + cohere2MoESizes,
    tensors: [.tiedOutput] + TensorRule.embeddings() + TensorRule.attention()
      + TensorRule.attentionNorm() + TensorRule.gatedFeedForward + TensorRule.experts
      + TensorRule.sharedExperts + TensorRule.nextTokenLayer,
    export: .cohere2MoE, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.norm = .layer
      $0.arrangement = .parallel
      $0.windowed = .allBut(every: 4, isFirst: true)
      $0.rotatesOnlyInWindows = true
      $0.rotatesLeadingDense = true
      $0.averagesShared = true
      $0.routing = .sigmoid
      $0.normalizesExperts = false
    }, names: TensorNames { $0.nextTokenLayers = .kept })

  /// Leading layers without experts, by either of the keys that say it.
  static func cohereDense(_ configuration: Configuration) throws(ModelError) -> Int {
    guard let types = configuration["mlp_layer_types"]?.array else {
      return try configuration.optionalCount("first_k_dense_replace") ?? 0
    }
    return types.firstIndex { $0.text != "dense" } ?? types.count
  }

  /// Which layers slide, where no list says it: leading layers without experts count by themselves.
  private static func cohereTypes(_ configuration: Configuration) -> JSONValue? {
    guard let layers = try? configuration.layerCount(),
      let dense = try? cohereDense(configuration), dense <= layers
    else { return nil }
    func types(_ count: Int, _ key: ByteString, _ otherwise: Int) -> [JSONValue] {
      let period = max(1, configuration[key]?.integer ?? otherwise)
      return (0..<count).map {
        ($0 + 1) % period != 0 ? "sliding_attention" : "full_attention"
      }
    }
    return .array(
      types(dense, "prefix_dense_sliding_window_pattern", 1)
        + types(layers - dense, "sliding_window_pattern", 4))
  }

  private static let cohere2MoESizes: [HyperparameterRule] = [
    .number("{arch}.logit_scale", "logit_scale"), .slidingWindow, .slidingWindowPattern,
    .vocabularySize, .count("{arch}.expert_feed_forward_length", "intermediate_size"),
    .count("{arch}.leading_dense_block_count") { (configuration) throws(ModelError) in
      try cohereDense(configuration)
    }, .flag("{arch}.expert_weights_norm", "norm_topk_prob", otherwise: true),
    .count("{arch}.expert_shared_count") { (configuration) throws(ModelError) in
      let count = try configuration.optionalCount("num_shared_experts") ?? 0
      return count > 0 ? count : nil
    },
    .count("{arch}.expert_shared_feed_forward_length") { (configuration) throws(ModelError) in
      let count = try configuration.optionalCount("num_shared_experts") ?? 0
      return count > 0 ? count * (try configuration.count("intermediate_size")) : nil
    },
    .count("{arch}.nextn_predict_layers") { (configuration) throws(ModelError) in
      let count = try configuration.nextTokenLayerCount()
      return count > 0 ? count : nil
    }, .count("{arch}.rope.dimension_count", "head_dim"), .noRopeScaling,
  ]
}

extension ConfigurationExport {
  /// Which layers slide and which have experts.
  static let cohere2MoE = ConfigurationExport(
    "cohere2_moe", "Cohere2MoeForCausalLM", keys: ["num_experts"],
    [
      .plainLayers, .attentionBias, .layerTypes, .networkLayers,
      .integer("intermediate_size", "expert_feed_forward_length"),
      .integer("prefix_dense_intermediate_size", "feed_forward_length"),
      .integer("num_shared_experts", "expert_shared_count"),
      .computed("expert_selection_fn") { facts in
        facts.integer("expert_gating_func") == 1 ? "softmax" : "sigmoid"
      },
    ])
}
