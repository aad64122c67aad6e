internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Mistral 4: DeepSeek's latent attention, experts weighed by a softmax, queries that grow far into a
  /// text, which readers of GGUF are not told of.
  package static let mistral4 = Architecture(
    name: "mistral4",
    configurationNames: ["Mistral3ForConditionalGeneration", "Mistral4ForCausalLM"],
    computations: [.mistral4],
    defaults: [
      ConfigurationDefault("rms_norm_eps", 1e-6), .ropeBase(10_000),
      ConfigurationDefault("kv_lora_rank", 256), .keyValueHeads,
      ConfigurationDefault("first_k_dense_replace", 0),
    ],
    hyperparameters: deepSeekHyperparameters,
    tensors: deepSeekNetwork + [
      // Stacked already; gate and up stay in one.
      .layer("mlp.experts.gate_up_proj", "ffn_gate_up_exps.weight"),
      .layer("mlp.experts.down_proj", "ffn_down_exps.weight"),
    ] + TensorRule.experts.filter { !$0.source.text.contains("mlp.experts.gate_up_proj") }
      + deepSeekTensors,
    export: .mistral4, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.readsRamp = true
      $0.normalizesExperts = false
    }
  ) { $0["model_type"]?.text == "mistral4" }
}

extension ConfigurationExport {
  /// The text model; where its queries begin to grow is not known any more.
  static let mistral4 = ConfigurationExport(
    "mistral4", "Mistral4ForCausalLM", keys: ["n_routed_experts", "moe_intermediate_size"],
    [
      .integer("num_key_value_heads", "attention.head_count"),
      .optionalInteger("q_lora_rank", "attention.q_lora_rank"), .latentPlainWidth,
      .integer("qk_rope_head_dim", "rope.dimension_count"),
      .integer("head_dim", "attention.key_length_mla"),
      .integer("v_head_dim", "attention.value_length_mla"),
      .integer("first_k_dense_replace", "leading_dense_block_count"),
      .integer("n_shared_experts", "expert_shared_count"),
      .computed("norm_topk_prob") { .bool($0["expert_weights_norm"]?.bool ?? false) },
      .has("attention_bias", "blk.0.attn_kv_a_mqa.bias"),
      .computed("rope_parameters") { (facts) throws(ModelError) in
        var scaling = try facts.ropeScaling()?.object ?? JSONObject()
        if scaling["rope_type"] == nil { scaling["rope_type"] = "default" }
        scaling["rope_theta"] = facts.ropeBase ?? .double(10_000)
        scaling["llama_4_scaling_beta"] = .double(0)
        if let turning = facts.integer("rope.dimension_count"),
          let width = facts.integer("attention.key_length_mla"), width > 0
        {
          scaling["partial_rotary_factor"] = .double(Double(turning) / Double(width))
        }
        if scaling["original_max_position_embeddings"] == nil {
          scaling["original_max_position_embeddings"] = .integer(
            facts.integer("context_length") ?? 8192)
        }
        return .object(scaling)
      },
    ], writesRotary: false)
}
