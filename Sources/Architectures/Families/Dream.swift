internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Dream: Qwen 2's layers, which see both sides and fill in masked tokens.
  package static let dream = Architecture(
    name: "dream", configurationNames: ["DreamModel"], computations: [.dream],
    defaults: qwen2.defaults,
    hyperparameters: HyperparameterRule.common + [.bothSides, .maskToken],
    tensors: qwen2.tensors, vocabulary: .sentencePiece)

  /// RND1: the same of Qwen 3's experts.
  package static let rnd1 = Architecture(
    name: "rnd1", configurationNames: ["RND1"], computations: [.rnd1], defaults: qwen3MoE.defaults,
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count(
        "{arch}.expert_shared_feed_forward_length", "shared_expert_intermediate_size"),
      .bothSides, .maskToken,
    ],
    tensors: qwen3MoE.tensors, vocabulary: .bytePair)
}

extension FamilyComputation {
  /// `modeling_dream.py` beside the checkpoints.
  static let dream = FamilyComputation(
    "DreamModel", rules: [], sizes: describedKeys.union(["mask_token_id"]),
    incidental: ["max_window_layers", "sliding_window", "is_causal"],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "silu", "swish"), .whereTrue("use_sliding_window", "a sliding window"),
      .whereTrue("use_mrope", "positions of several axes"),
    ], optionalTensors: [.outputBias, .network(nil)])

  /// `modeling_rnd.py` beside the checkpoints.
  static let rnd1 = FamilyComputation(
    "RND1", rules: [],
    sizes: describedKeys.union(expertNames).union(["num_experts_per_tok", "mask_token_id"]),
    incidental: [
      "max_window_layers", "sliding_window", "is_causal", "decoder_sparse_step", "mlp_only_layers",
      "qk_norm", "num_diffusion_steps", "moe_backend",
    ],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "silu", "swish"), .whereTrue("use_sliding_window", "a sliding window"),
      .whereFalse("norm_topk_prob", "weights of experts as they are"),
    ], optionalTensors: projections(attention: "attention_bias"))
}
