internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Ling: query, key and value in one matrix, experts beside a shared one.
  package static let bailingMoE = Architecture(
    name: "bailingmoe", configurationNames: ["BailingMoeForCausalLM"], computations: [.bailingMoE],
    hyperparameters: HyperparameterRule.common + [
      .ropeWidth, .count("{arch}.leading_dense_block_count", "first_k_dense_replace"),
      .vocabularySize, .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .constant("{arch}.expert_weights_scale", .float32(1)),
      .count("{arch}.expert_shared_count", "num_shared_experts"),
      .flag("{arch}.expert_weights_norm", "norm_topk_prob", otherwise: nil), .plainHead,
    ],
    tensors: TensorRule.bailing + TensorRule.llamaNetwork + TensorRule.experts
      + TensorRule.sharedExperts + [
        TensorRule(
          "model.layers.{n}.attention.query_key_value.weight",
          outputs: [
            .init("blk.{n}.attn_q.weight", [.projection(0), .permuteQuery]),
            .init("blk.{n}.attn_k.weight", [.projection(1), .permuteKey]),
            .init("blk.{n}.attn_v.weight", [.projection(2)]),
          ])
      ], vocabulary: .bytePair, traits: DecoderTraits())

  /// Ling 2: heads with norms, half of each turns, experts chosen with a bias.
  package static let bailingMoE2 = Architecture(
    name: "bailingmoe2", configurationNames: ["BailingMoeV2ForCausalLM"],
    computations: [.bailingMoE2],
    hyperparameters: HyperparameterRule.common.replacing(
      .count("{arch}.block_count") { (configuration) throws(ModelError) in
        try configuration.layerCount() + configuration.nextTokenLayerCount()
      }) + [
        .turningWidth(otherwise: 0.5),
        .count("{arch}.leading_dense_block_count", "first_k_dense_replace"), .vocabularySize,
        .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
        .count("{arch}.expert_shared_feed_forward_length") { (configuration) throws(ModelError) in
          if let width = try configuration.optionalCount("moe_shared_expert_intermediate_size") {
            return width
          }
          return try configuration.count("moe_intermediate_size")
            * configuration.count("num_shared_experts")
        },
        .number("{arch}.expert_weights_scale", "routed_scaling_factor"),
        .count("{arch}.expert_shared_count", "num_shared_experts"),
        .flag("{arch}.expert_weights_norm", "norm_topk_prob", otherwise: nil),
        .count("{arch}.nextn_predict_layers", "num_nextn_predict_layers"),
      ],
    tensors: TensorRule.bailing + TensorRule.llamaNetwork + TensorRule.experts
      + TensorRule.sharedExperts + TensorRule.nextTokenLayer + [
        .layer("attention.query_key_value.{s}", "attn_qkv.{s}"),
        .layer("attention.query_layernorm.weight", "attn_q_norm.weight"),
        .layer("attention.key_layernorm.weight", "attn_k_norm.weight"),
        .layer("mlp.gate.expert_bias", "exp_probs_b.bias"),
        .layer("final_layernorm.weight", "layer_output_norm.weight"),
      ], vocabulary: .bytePair, names: TensorNames { $0.nextTokenLayers = .kept })

  /// Sarvam: Ling 2 whose heads turn whole, and whose experts' bias has a mean of zero.
  package static let sarvamMoE = Architecture(
    name: "bailingmoe2",
    configurationNames: ["SarvamMoEForCausalLM", "modeling_sarvam_moe.SarvamMoEForCausalLM"],
    hyperparameters: bailingMoE2.hyperparameters.replacing(.ropeWidth),
    tensors: [
      TensorRule(
        "model.layers.{n}.mlp.gate.expert_bias",
        outputs: [.init("blk.{n}.exp_probs_b.bias", [.derive(.centered)])])
    ] + bailingMoE2.tensors, vocabulary: .bytePair, names: bailingMoE2.names)
}

extension TensorRule {
  /// What Ling calls embeddings, head and the projection behind attention.
  fileprivate static let bailing: [TensorRule] = [
    TensorRule("model.word_embeddings.weight", "token_embd.weight"),
    TensorRule("model.norm.weight", "output_norm.weight"),
    TensorRule("lm_head.weight", "output.weight"),
    layer("attention.dense.{s}", "attn_output.{s}"),
  ]
}

extension HyperparameterRule {
  /// Refuses a head whose columns are normalized: they would have to be computed.
  fileprivate static let plainHead = HyperparameterRule("{arch}.norm_head") {
    (configuration) throws(ModelError) in
    guard configuration["norm_head"]?.bool == true else { return nil }
    throw ModelError(
      .unsupportedSetting, "config.json",
      "'norm_head' asks for a head with normalized columns, which is not computed here")
  }
}

extension FamilyComputation {
  /// `modeling_bailing_moe.py` beside the checkpoints.
  static let bailingMoE = FamilyComputation(
    "BailingMoeForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .rotary(), .causal,
      .namedExperts, .flag("norm_topk_prob", otherwise: false) { .normalizedExperts($0) },
    ], sizes: bailingSizes.union(["norm_head"]), incidental: bailingIncidental,
    refusals: [
      .whereTrue("use_sliding_window", "a sliding window"),
      .whereTrue("multi_gate", "a router for each kind of input"), .fixed("moe_layer_freq", 1),
    ])

  static let bailingMoE2 = FamilyComputation(
    "BailingMoeV2ForCausalLM", "SarvamMoEForCausalLM",
    "modeling_sarvam_moe.SarvamMoEForCausalLM", rules: [],
    sizes: describedKeys.union(bailingSizes).union([
      "partial_rotary_factor", "num_experts_per_tok", "norm_topk_prob", "routed_scaling_factor",
      "score_function", "n_group", "topk_group", "num_nextn_predict_layers",
      "moe_shared_expert_intermediate_size",
    ]),
    incidental: bailingIncidental.union([
      "use_qk_norm", "use_expert_bias", "moe_router_enable_expert_bias", "mtp_loss_scaling_factor",
      "rotary_dim", "router_dtype",
    ]),
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "silu", "swish"), .whereTrue("use_sliding_window", "a sliding window"),
      .whereTrue("norm_head", "a head with normalized columns"),
    ])

  private static let bailingSizes = decoderSizes.union([
    "num_experts", "num_shared_experts", "moe_intermediate_size", "first_k_dense_replace",
  ])

  private static let bailingIncidental: Set<ByteString> = [
    "use_bias", "use_qkv_bias", "embedding_dropout", "output_dropout", "max_window_layers",
    "sliding_window", "router_type", "num_token_types",
  ]
}
