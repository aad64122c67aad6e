internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// The text model of DeepSeek OCR and Unlimited OCR: DeepSeek's experts with plain attention.
  package static let deepSeekOCR = Architecture(
    name: "deepseek2-ocr",
    configurationNames: ["DeepseekOCRForCausalLM", "UnlimitedOCRForCausalLM"],
    computations: [.deepSeekOCR],
    defaults: [ConfigurationDefault("rms_norm_eps", 1e-6), .ropeBase(10_000)],
    hyperparameters: HyperparameterRule.common + deepSeekOCRSizes,
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.llamaNetwork
      + TensorRule.experts + TensorRule.sharedExperts,
    vocabulary: VocabularyKind(
      .bytePair,
      // It takes the contents alone (conversion/deepseek.py).
      leading: [
        (
          "tokenizer.chat_template",
          .string("{% for m in messages %}{{m['content']}}{% endfor %}")
        )
      ]),
    names: TensorNames {
      $0.leftOut.append(
        .init(kind: "of the vision tower", parts: ["sam_model", "qwen2_model"]))
    })

  private static let deepSeekOCRSizes: [HyperparameterRule] = [
    .count("{arch}.leading_dense_block_count") { (configuration) throws(ModelError) in
      if let count = try configuration.optionalCount("first_k_dense_replace") { return count }
      return configuration["n_routed_experts"] == nil ? try configuration.layerCount() : 0
    }, .vocabularySize, .count("{arch}.attention.q_lora_rank", "q_lora_rank"),
    .count("{arch}.expert_feed_forward_length", "moe_intermediate_size", "intermediate_size"),
    .count("{arch}.expert_shared_count") { (configuration) throws(ModelError) in
      try configuration.optionalCount("n_shared_experts") ?? 0
    }, .number("{arch}.expert_weights_scale", "routed_scaling_factor"),
    HyperparameterRule("{arch}.expert_weights_norm") { configuration in
      configuration["norm_topk_prob"]?.bool == true ? .bool(true) : nil
    }, .count("{arch}.rope.dimension_count", "qk_rope_head_dim"),
    .count("{arch}.attention.sliding_window") { (configuration) throws(ModelError) in
      let window = try configuration.optionalCount("sliding_window_size", "sliding_window")
      return window == 0 ? nil : window
    },
  ]
}

extension FamilyComputation {
  /// The code beside the checkpoints takes plain attention where `use_mla` is off.
  static let deepSeekOCR = FamilyComputation(
    "DeepseekOCRForCausalLM", "UnlimitedOCRForCausalLM", rules: [],
    sizes: describedKeys.union([
      "moe_intermediate_size", "n_routed_experts", "n_shared_experts", "num_experts_per_tok",
      "first_k_dense_replace", "routed_scaling_factor", "norm_topk_prob", "q_lora_rank",
      "kv_lora_rank", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim", "n_group", "topk_group",
      "scoring_func", "sliding_window_size", "sliding_window",
    ]),
    incidental: imageKeys.union(["topk_method"]),
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "silu", "swish"), .fixed("moe_layer_freq", 1),
      .whereTrue("use_mla", "compressed keys and values"),
    ], optionalTensors: projections(attention: "attention_bias"))
}
