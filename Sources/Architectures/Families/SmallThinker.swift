internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// SmallThinker: experts chosen before attention.
  package static let smallThinker = Architecture(
    name: "smallthinker", configurationNames: ["SmallThinkerForCausalLM"],
    computations: [.smallThinker],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_count", "moe_num_primary_experts"),
      .count("{arch}.expert_used_count", "moe_num_active_primary_experts"),
      .count("{arch}.expert_feed_forward_length", "moe_ffn_hidden_size"),
      .count("{arch}.feed_forward_length", "moe_ffn_hidden_size"),
      HyperparameterRule("{arch}.expert_gating_func") { configuration in
        .uint32(configuration["moe_primary_router_apply_softmax"]?.bool == true ? 1 : 2)
      },
      .count("{arch}.attention.sliding_window") { (configuration) throws(ModelError) in
        let layout = configuration["sliding_window_layout"]?.array ?? []
        return layout.contains { $0.integer != 0 }
          ? try configuration.optionalCount("sliding_window_size") : nil
      },
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.llamaNetwork + [
      .layer("block_sparse_moe.primary_router.weight", "ffn_gate_inp.weight"),
      .layer("block_sparse_moe.experts.{e}.down.weight", "ffn_down_exps.weight"),
      .layer("block_sparse_moe.experts.{e}.gate.weight", "ffn_gate_exps.weight"),
      .layer("block_sparse_moe.experts.{e}.up.weight", "ffn_up_exps.weight"),
      .layer("block_sparse_moe.down.weight", "ffn_down.weight"),
      .layer("block_sparse_moe.gate.weight", "ffn_gate.weight"),
      .layer("block_sparse_moe.up.weight", "ffn_up.weight"),
    ], vocabulary: .bytePair)
}

extension FamilyComputation {
  /// `modeling_smallthinker.py` beside the checkpoints; llama.cpp's graph has one activation, and which
  /// layers turn follows from the window (src/models/smallthinker.cpp).
  static let smallThinker = FamilyComputation(
    "SmallThinkerForCausalLM", rules: [],
    sizes: describedKeys.union([
      "moe_num_primary_experts", "moe_num_active_primary_experts", "moe_ffn_hidden_size",
      "moe_primary_router_apply_softmax", "sliding_window_layout", "sliding_window_size",
    ]),
    incidental: [
      "rope_layout", "moe_layer_layout", "dense_ffn_hidden_size", "moe_enable_early_router",
      "moe_secondary_expert_size", "moe_num_secondary_experts",
    ],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "relu"), .whereTrue("use_qk_norm", "norms of queries and keys"),
      .whereTrue("moe_enable_secondary_experts", "experts within experts"),
      .wherePresent("moe_shared_primary_experts", "shared experts"),
    ])
}
