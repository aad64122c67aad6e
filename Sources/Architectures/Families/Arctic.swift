internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Arctic: experts beside a dense network.
  package static let arctic = Architecture(
    name: "arctic", configurationNames: ["ArcticForCausalLM"], computations: [.arctic],
    hyperparameters: HyperparameterRule.common + [.vocabularySize, .sharedRopeWidth],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.attentionNorm() + TensorRule.blockSparseExperts + [
        .layer("post_attention_layernorm.weight", "ffn_norm_exps.weight"),
        .layer("residual_layernorm.weight", "ffn_norm.weight"),
        .layer("residual_mlp.w1.weight", "ffn_gate.weight"),
        .layer("residual_mlp.w2.weight", "ffn_down.weight"),
        .layer("residual_mlp.w3.weight", "ffn_up.weight"),
      ], vocabulary: .sentencePiece)
}

extension FamilyComputation {
  /// `modeling_arctic.py` beside the checkpoints; llama.cpp's graph has experts in every layer.
  static let arctic = FamilyComputation(
    "ArcticForCausalLM", rules: [],
    sizes: describedKeys.union(["num_local_experts", "num_experts_per_tok"]),
    incidental: [
      "moe_eval_capacity_factor", "moe_train_capacity_factor", "moe_min_capacity",
      "moe_token_dropping", "moe_expert_parallel_size", "enable_expert_tensor_parallelism",
      "use_residual",
    ],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "silu", "swish"), .fixed("moe_layer_frequency", 1),
      .wherePresent("sliding_window", "a sliding window"),
      .whereFalse("parallel_attn_mlp_res", "experts in place of the dense network"),
    ])
}
