internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Gemma 3n and 4.

extension FamilyComputation {
  static let gemma4 = FamilyComputation(
    "Gemma4ForCausalLM", "Gemma4ForConditionalGeneration",
    rules: [
      .activation("hidden_activation", "gelu_pytorch_tanh"), .epsilon(otherwise: 1e-6),
      .gemma4Rotary, .cap("final_logit_softcapping", otherwise: nil) { .logitCap($0) },
      .gemma4Windows,
      ComputationRule("top_k_experts") { (configuration) throws(ModelError) in
        try configuration.optionalCount("top_k_experts").map { [.chosenExperts($0)] } ?? []
      },
    ],
    sizes: decoderSizes.union([
      "global_head_dim", "num_global_key_value_heads", "attention_k_eq_v", "per_layer_config",
      "num_kv_shared_layers", "hidden_size_per_layer_input", "vocab_size_per_layer_input",
      "enable_moe_block", "num_experts", "moe_intermediate_size", "expert_intermediate_size",
      "use_double_wide_mlp",
    ]), incidental: multimodal,
    optionalTensors: projections(attention: "attention_bias"), tiesHead: true)

  static let gemma3n = FamilyComputation(
    "Gemma3nForCausalLM", "Gemma3nForConditionalGeneration",
    rules: [
      .activation("hidden_activation", "gelu_pytorch_tanh"), .epsilon(otherwise: 1e-6), .causal,
      .rotary(
        RotaryRule(
          base: 1_000_000, slidingBase: ("rope_local_base_freq", 10_000), headWidth: head256),
        reading: ["layer_types"], slides: Architecture.allButFifth),
      .cap("final_logit_softcapping", otherwise: 30) { .logitCap($0) },
      .windows(otherwise: 512, slides: Architecture.allButFifth),
    ],
    sizes: decoderSizes.union([
      "num_kv_shared_layers", "hidden_size_per_layer_input", "vocab_size_per_layer_input",
      "altup_num_inputs", "altup_active_idx", "laurel_rank", "activation_sparsity_pattern",
    ]),
    // Coefficients are held in bounds while a model is trained.
    incidental: multimodal.union(["altup_coef_clip"]),
    refusals: [
      KeyRefusal(key: "altup_correct_scale") {
        $0.bool == false ? "corrected streams without a scale" : nil
      }
    ],
    optionalTensors: projections(attention: "attention_bias"), tiesHead: true)

  /// Keys about images and sounds.
  private static let multimodal: Set<ByteString> = [
    "hidden_act", "boi_token_index", "eoi_token_index", "image_token_index", "audio_token_index",
    "boa_token_index", "eoa_token_index", "video_token_index", "vision_soft_tokens_per_image",
    "audio_soft_tokens_per_image", "mm_tokens_per_image", "cache_implementation",
  ]
}

extension ComputationRule {
  /// Layers of two kinds, whose heads have two widths.
  fileprivate static let gemma4Rotary = ComputationRule(
    "rope_parameters", "layer_types", "per_layer_config", "global_head_dim"
  ) { (configuration) throws(ModelError) in
    let sliding = try configuration.slidingOfGemma4()
    let full = try configuration.fullWidthOfGemma4()
    func setting(_ type: ByteString, _ width: Int) throws(ModelError) -> RotarySetting {
      let rule = RotaryRule(
        base: type == "full_attention" ? 1_000_000 : 10_000, baseKeys: [],
        slidingBase: ("", 10_000), headWidth: { _ in width })
      return try rule.setting(configuration, layers: type)
    }
    let narrow = try FamilyComputation.head256(configuration)
    let settings = (
      sliding: try setting("sliding_attention", narrow), full: try setting("full_attention", full)
    )
    return [.rotations(sliding.map { $0 ? settings.sliding : settings.full })]
  }

  /// A window in all layers but some; for an encoder it reaches half as far in both directions.
  fileprivate static let gemma4Windows = ComputationRule(
    "sliding_window", "layer_types", "use_bidirectional_attention"
  ) { (configuration) throws(ModelError) in
    let isBidirectional = configuration.isBidirectional
    // Half of it and one more, which counts (masking_utils.py, `sliding_window_bidirectional_overlay`).
    let window = try configuration.window(otherwise: 512).map {
      isBidirectional ? $0 / 2 + 2 : $0
    }
    let windows = try configuration.slidingOfGemma4().map { $0 ? window : nil }
    return [.windows(windows), .causal(!isBidirectional)]
  }
}
