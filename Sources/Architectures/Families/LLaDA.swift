internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// LLaDA: Llama's layers, which see both sides and fill in masked tokens.
  package static let llada = Architecture(
    name: "llada", configurationNames: ["LLaDAModelLM"], computations: [.llada],
    hyperparameters: HyperparameterRule.common + [
      .vocabularySize, .ropeWidth,
      .count("{arch}.context_length") { (configuration) throws(ModelError) in
        try configuration.optionalCount("max_sequence_length") ?? 4096
      },
      .count("{arch}.embedding_length") { (configuration) throws(ModelError) in
        try configuration.optionalCount("d_model") ?? 4096
      },
      .count("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        try configuration.optionalCount("mlp_hidden_size") ?? 12_288
      }, .bothSides, .constant("diffusion.shift_logits", .bool(false)),
    ],
    tensors: [
      TensorRule("model.transformer.wte.weight", "token_embd.weight"),
      TensorRule("model.transformer.ln_f.weight", "output_norm.weight"),
      TensorRule("model.transformer.ff_out.weight", "output.weight"),
      block("q_proj.{s}", "attn_q.{s}", .permuteQuery),
      block("k_proj.{s}", "attn_k.{s}", .permuteKey), block("v_proj.{s}", "attn_v.{s}"),
      block("attn_out.{s}", "attn_output.{s}"), block("attn_norm.weight", "attn_norm.weight"),
      block("ff_norm.weight", "ffn_norm.weight"), block("ff_proj.{s}", "ffn_gate.{s}"),
      block("up_proj.{s}", "ffn_up.{s}"), block("ff_out.{s}", "ffn_down.{s}"),
    ], closing: [.constant("tokenizer.ggml.add_bos_token", .bool(true))], vocabulary: .bytePair)

  private static func block(
    _ source: String, _ target: String, _ change: TensorChange? = nil
  ) -> TensorRule {
    TensorRule(
      "model.transformer.blocks.{n}." + source,
      outputs: [.init("blk.{n}." + target, change.map { [$0] } ?? [])])
  }

  /// The same with experts.
  package static let lladaMoE = Architecture(
    name: "llada-moe", configurationNames: ["LLaDAMoEModel", "LLaDAMoEModelLM"],
    computations: [.lladaMoE],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_feed_forward_length", "expert_intermediate_size"),
      // Its tokenizer's, whatever the configuration says (conversion/llada.py).
      .constant("tokenizer.ggml.mask_token_id", .uint32(156_895)), .bothSides,
      .constant("diffusion.shift_logits", .bool(false)),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.llamaNetwork + TensorRule.experts, vocabulary: .bytePair)
}

extension FamilyComputation {
  /// `modeling_llada.py` beside the checkpoints: what OLMo's program could do; llama.cpp's graph is the
  /// form that is published.
  static let llada = FamilyComputation(
    "LLaDAModelLM", rules: [],
    sizes: describedKeys.union([
      "d_model", "n_layers", "n_heads", "n_kv_heads", "mlp_hidden_size", "max_sequence_length",
      "mask_token_id", "embedding_size",
    ]),
    incidental: [
      "flash_attention", "init_fn", "init_std", "init_cutoff_factor", "layer_norm_with_affine",
      "mlp_ratio", "precision", "rope_full_precision", "include_bias", "include_qkv_bias",
      "bias_for_layer_norm", "multi_query_attention", "weight_tying", "block_group_size",
      "attention_layer_norm_with_affine", "is_causal", "alibi_bias_max",
    ],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("activation_type", "silu"), .fixed("block_type", "llama"),
      .fixed("layer_norm_type", "rms"), .whereFalse("rope", "no rotation"),
      .whereTrue("alibi", "a bias that falls with distance"),
      .whereTrue("attention_layer_norm", "norms of queries and keys"),
      .whereTrue("scale_logits", "scaled logits"),
      .whereTrue("input_emb_norm", "scaled embeddings"),
    ])

  /// `modeling_lladamoe.py` beside the checkpoints.
  static let lladaMoE = FamilyComputation(
    "LLaDAMoEModel", "LLaDAMoEModelLM", rules: [],
    sizes: describedKeys.union(["num_experts", "num_experts_per_tok", "expert_intermediate_size"]),
    incidental: ["is_causal", "qk_layernorm", "dense_intermediate_size", "moe_layer_freq"],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "silu", "swish"), .fixed("partial_rotary_factor", 1),
      .whereTrue("norm_topk_prob", "weights of experts that sum to one"),
      .fixed("routed_scaling_factor", 1),
      .wherePresent("shared_expert_intermediate_size", "a shared expert"),
      .whereTrue("moe_router_enable_expert_bias", "experts chosen with a bias"),
      .fixed("moe_router_score_function", "softmax"),
    ], optionalTensors: projections(attention: "attention_bias"))
}
