internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Architecture {
  /// Hunyuan with experts: heads are normalized after they are turned.
  package static let hunYuanMoE = Architecture(
    name: "hunyuan-moe", configurationNames: ["HunYuanMoEV1ForCausalLM"],
    computations: [.hunYuanMoE],
    hyperparameters: HyperparameterRule.common.filter {
      // Of models stretched by alpha nothing is kept of what was there before.
      $0.key != "{arch}.rope.freq_base" && $0.key != "{arch}.context_length"
    }.inserting([.hunYuanContext], after: "{arch}.block_count")
      .inserting([.hunYuanBase], before: "{arch}.attention.layer_norm_rms_epsilon") + [
        .count("{arch}.expert_shared_feed_forward_length", "intermediate_size"),
        .alike("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
        .alike("{arch}.expert_used_count", "moe_topk"),
        .alike("{arch}.expert_shared_count", "num_shared_expert"),
        HyperparameterRule("{arch}.rope.scaling.type") {
          $0.ropeType == "dynamic" ? .string("none") : nil
        }, .number("{arch}.rope.scaling.factor") { $0.ropeType == "dynamic" ? 1 : nil },
        .count("{arch}.rope.scaling.original_context_length") {
          $0.ropeType == "dynamic" ? 256 * 1024 : nil
        },
      ],
    tensors: [
      .unused("lm_head.weight") { $0["tie_word_embeddings"]?.bool ?? false }
    ] + TensorRule.embeddings() + TensorRule.attention() + TensorRule.llamaNetwork
      + TensorRule.experts + [
        .layer("self_attn.query_layernorm.weight", "attn_q_norm.weight"),
        .layer("self_attn.key_layernorm.weight", "attn_k_norm.weight"),
        .layer("mlp.gate.wg.weight", "ffn_gate_inp.weight"),
        .layer("mlp.shared_mlp.gate_proj.weight", "ffn_gate_shexp.weight"),
        .layer("mlp.shared_mlp.up_proj.weight", "ffn_up_shexp.weight"),
        .layer("mlp.shared_mlp.down_proj.weight", "ffn_down_shexp.weight"),
      ],
    // Its tokenizer's, whatever the configuration says (conversion/hunyuan.py).
    closing: [.constant("tokenizer.ggml.bos_token_id", .uint32(127_959))], vocabulary: .bytePair)
}

extension HyperparameterRule {
  fileprivate static let hunYuanContext = HyperparameterRule.count("{arch}.context_length") {
    (configuration) throws(ModelError) in
    configuration.ropeType == "dynamic"
      ? 256 * 1024 : try configuration.optionalCount("max_position_embeddings")
  }

  /// The base, stretched by alpha for any context.
  fileprivate static let hunYuanBase = HyperparameterRule.number("{arch}.rope.freq_base") {
    (configuration) throws(ModelError) in
    let base = try Configuration.number(configuration.rope["rope_theta"], ["rope_theta"])
    guard configuration.ropeType == "dynamic" else { return base }
    let alpha = try Configuration.number(configuration.rope["alpha"], ["alpha"]) ?? 1000
    let width = Double(try configuration.width() / configuration.headCount())
    return width > 2 ? (base ?? 10_000) * pow(alpha, width / (width - 2)) : base
  }

  /// A count, or a list of the same count for each layer.
  fileprivate static func alike(_ key: String, _ name: ByteString) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      guard let value = configuration.first(of: [name]) else { return nil }
      guard let list = value.array else { return try Configuration.count(value, [name]) }
      guard let first = list.first, list.allSatisfy({ $0 == first }) else {
        throw ModelError(.invalidMetadata, "config.json", "'\(name)' differs between layers")
      }
      return try Configuration.count(first, [name])
    }
  }
}

extension FamilyComputation {
  /// As `HunYuanMoEV1ForCausalLM` of transformers; llama.cpp's graph has one activation.
  static let hunYuanMoE = FamilyComputation(
    "HunYuanMoEV1ForCausalLM", rules: [],
    sizes: describedKeys.union(expertNames).union([
      "moe_topk", "num_experts_per_tok", "num_shared_expert", "is_causal",
    ]),
    incidental: hunYuanDense.incidental.subtracting(["use_cla"]).union([
      "use_mixed_mlp_moe", "moe_layer_num_skipped", "moe_drop_tokens",
      "moe_random_routing_dropped_token",
      "capacity_factor", "norm_topk_prob", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim",
      "qk_rope_head_dim", "v_head_dim", "n_group", "topk_group",
    ]),
    refusals: KeyRefusal.ropeKinds("linear", "yarn", "dynamic") + [
      .whereTrue("use_mla", "compressed keys and values"),
      .whereTrue("group_limited_greedy", "experts of some groups"),
      .fixed("hidden_act", "silu", "swish"),
      .whereTrue("use_cla", "keys and values that layers share"),
    ], optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
