internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Trinity: attention with a gate, norms before and behind each part, experts by the logistic function.
  package static let afmoe = Architecture(
    name: "afmoe", configurationNames: ["AfmoeForCausalLM"], computations: [.afmoe],
    defaults: [
      ConfigurationDefault("head_dim", 128), .keyValueHeads,
      ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 16_384), .ropeBase(10_000),
      ConfigurationDefault("score_func", "sigmoid"),
      ConfigurationDefault("sliding_window", 1024),
    ],
    hyperparameters: HyperparameterRule.common + [
      .vocabularySize, .ropeWidth, .count("{arch}.expert_shared_count", "num_shared_experts"),
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count("{arch}.leading_dense_block_count", "num_dense_layers"),
      .flag("{arch}.expert_weights_norm", "route_norm", otherwise: nil),
      .number("{arch}.expert_weights_scale", "route_scale"), .slidingWindow,
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.attentionNorm() + [
        .layer("self_attn.gate_proj.weight", "attn_gate.weight"),
        .layer("post_attention_layernorm.weight", "post_attention_norm.weight"),
        .layer("pre_mlp_layernorm.weight", "ffn_norm.weight"),
        .layer("post_mlp_layernorm.weight", "post_ffw_norm.weight"),
        .layer("mlp.expert_bias", "exp_probs_b.bias"),
        .layer("mlp.router.gate.weight", "ffn_gate_inp.weight"),
        // In the order in which llama.cpp's converter stacks them.
        .layer("mlp.experts.{e}.gate_proj.weight", "ffn_gate_exps.weight"),
        .layer("mlp.experts.{e}.up_proj.weight", "ffn_up_exps.weight"),
        .layer("mlp.experts.{e}.down_proj.weight", "ffn_down_exps.weight"),
      ] + TensorRule.stackedExperts("mlp.experts") + TensorRule.sharedExperts
      + TensorRule.gatedFeedForward,
    generated: [.ropeFrequencies], export: .afmoe, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.arrangement = .sequential
      $0.scalesEmbedding = true
      $0.windowed = .allBut(every: 4)
      $0.rotatesOnlyInWindows = true
      $0.routing = .sigmoid
      $0.biasedRouting = .sigmoid
      $0.normalizesExperts = false
    })
}

extension ConfigurationExport {
  /// Every fourth layer sees everything.
  static let afmoe = ConfigurationExport(
    "afmoe", "AfmoeForCausalLM", keys: ["num_experts"],
    [
      .constant("mup_enabled", true), .constant("global_attn_every_n_layers", 4), .attentionBias,
      .computed("layer_types") { facts in
        let layers = facts.integer("block_count") ?? 0
        return .array(
          (0..<max(0, layers)).map {
            ($0 + 1) % 4 == 0 ? "full_attention" : "sliding_attention"
          })
      },
    ])
}
