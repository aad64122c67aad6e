internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// StableLM 2 and 3B.
  package static let stableLM = Architecture(
    name: "stablelm",
    configurationNames: [
      "StableLmForCausalLM", "StableLMEpochForCausalLM", "LlavaStableLMEpochForCausalLM",
    ], computations: [.stableLM, .stableLMEpoch],
    defaults: [
      .keyValueHeads, ConfigurationDefault("layer_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 4096),
      // llama.cpp's converter assumes true; transformers, and the tensors, say false.
      ConfigurationDefault("use_parallel_residual", .bool(false)),
      ConfigurationDefault("partial_rotary_factor") {
        $0.rope["partial_rotary_factor"] ?? 0.25
      },
    ],
    hyperparameters: [
      .count("{arch}.context_length", "max_position_embeddings"), .embeddingLength, .blockCount,
      .count("{arch}.feed_forward_length", "intermediate_size"), .partialRopeWidth(), .headCount,
      .keyValueHeadCount,
      .flag("{arch}.use_parallel_residual", "use_parallel_residual", otherwise: true),
      .number("{arch}.attention.layer_norm_epsilon", "layer_norm_eps", "norm_eps"), .fileType,
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward + [
        .layer("self_attn.q_layernorm.norms.{e}.weight", "attn_q_norm.weight"),
        .layer("self_attn.k_layernorm.norms.{e}.weight", "attn_k_norm.weight"),
      ],
    export: .stableLM, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
    })
}

extension ConfigurationExport {
  /// Biases and norms that not all models have.
  static let stableLM = ConfigurationExport(
    "stablelm", "StableLmForCausalLM",
    [
      .partialRotary, .has("use_qkv_bias", "blk.0.attn_q.bias"),
      .has("qk_layernorm", "blk.0.attn_q_norm.weight"),
    ])
}

extension FamilyComputation {
  /// `modeling_stablelm_epoch.py` beside the first checkpoints, alone and within LLaVA.
  static let stableLMEpoch = FamilyComputation(
    "StableLMEpochForCausalLM", "LlavaStableLMEpochForCausalLM",
    rules: [
      .always(.activation(.silu)), .causal,
      ComputationRule("norm_eps", "layer_norm_eps") { (configuration) throws(ModelError) in
        let value = try configuration.optionalNumber("norm_eps", "layer_norm_eps")
        return [.epsilon(Float(value ?? 1e-5))]
      },
      .rotary(
        RotaryRule(part: .factor(otherwise: 0.25, keys: ["rope_pct", "partial_rotary_factor"])),
        reading: ["rope_pct"]),
    ], sizes: decoderSizes.union(["use_parallel_residual"]),
    incidental: imageKeys.union(["hidden_act", "rotary_scaling_factor"]),
    optionalTensors: [
      OptionalTensors(
        "use_qkv_bias", otherwise: true, in: "model.layers.{n}.self_attn.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias"]), .outputBias, .network(nil),
    ])
}
