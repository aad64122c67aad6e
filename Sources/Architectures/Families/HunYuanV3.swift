internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Hunyuan 3: experts chosen by the logistic function with a bias, layers for further tokens.
  package static let hunYuanV3 = Architecture(
    name: "hy_v3", configurationNames: ["HYV3ForCausalLM"], computations: [.hunYuanV3],
    hyperparameters: HyperparameterRule.nextTokenCommon.filter {
      $0.key != "{arch}.expert_gating_func" && $0.key != "{arch}.nextn_predict_layers"
    } + [
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count("{arch}.expert_shared_feed_forward_length") { (configuration) throws(ModelError) in
        let count = try configuration.optionalCount("num_shared_experts") ?? 1
        return try configuration.count("moe_intermediate_size") * count
      },
      .flag("{arch}.expert_weights_norm", "route_norm", otherwise: true),
      .number("{arch}.expert_weights_scale") { (configuration) throws(ModelError) in
        try configuration.optionalNumber("router_scaling_factor") ?? 1
      },
      .constant("{arch}.expert_gating_func", .uint32(2)),
      .count("{arch}.nextn_predict_layers") { (configuration) throws(ModelError) in
        let count = try configuration.nextTokenLayerCount()
        return count > 0 ? count : nil
      },
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.llamaNetwork + TensorRule.experts + TensorRule.nextTokenLayer + [
        .layer("mlp.router.gate.weight", "ffn_gate_inp.weight"),
        .layer("mlp.expert_bias", "exp_probs_b"),
        .layer("mlp.shared_mlp.gate_proj.weight", "ffn_gate_shexp.weight"),
        .layer("mlp.shared_mlp.up_proj.weight", "ffn_up_shexp.weight"),
        .layer("mlp.shared_mlp.down_proj.weight", "ffn_down_shexp.weight"),
      ], vocabulary: .bytePair, names: TensorNames { $0.nextTokenLayers = .kept })
}

extension FamilyComputation {
  /// As `HYV3ForCausalLM` of transformers; llama.cpp's graph has one activation.
  static let hunYuanV3 = FamilyComputation(
    "HYV3ForCausalLM", rules: [],
    sizes: describedKeys.union(expertNames).union([
      "num_experts_per_tok", "route_norm", "router_scaling_factor", "num_nextn_predict_layers",
      "first_k_dense_replace", "mlp_layer_types", "is_causal",
    ]),
    incidental: [
      "enable_moe_fp32_combine", "enable_lm_head_fp32", "enable_attention_fp32_softmax",
      "expert_hidden_dim", "moe_router_enable_expert_bias", "moe_router_use_sigmoid", "qk_norm",
      "use_grouped_mm",
    ],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [.fixed("hidden_act", "silu", "swish")],
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
