internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

// Qwen 2 and 3, with and without experts.

extension FamilyComputation {
  static let qwen2 = FamilyComputation(
    "Qwen2ForCausalLM",
    rules: [.activation(), .epsilon(otherwise: 1e-6), .rotary(), .qwenWindows, .causal],
    sizes: decoderSizes, optionalTensors: qwenTensors + [.network(nil)])

  static let qwen3 = FamilyComputation(
    "Qwen3ForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .rotary(RotaryRule(headWidth: head128)),
      .qwenWindows, .causal,
    ], sizes: decoderSizes, optionalTensors: projections(attention: "attention_bias"))

  static let qwen2MoE = FamilyComputation(
    "Qwen2MoeForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal,
      .windows(
        otherwise: 4096, reading: ["max_window_layers"], when: "use_sliding_window"
      ) { (configuration, layer) throws(ModelError) in
        let last = try configuration.optionalCount("max_window_layers") ?? 28
        return layer % 2 == 0 && layer < last
      }, .chosenExperts(4),
      .flag("norm_topk_prob", otherwise: false) { .normalizedExperts($0) },
    ],
    sizes: expertSizes.union(["shared_expert_intermediate_size"]),
    optionalTensors: [
      OptionalTensors(
        "qkv_bias", otherwise: true, in: "model.layers.{n}.self_attn.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias"]),
      OptionalTensors(nil, in: "model.layers.{n}.self_attn.", ["o_proj.bias"]), .network(nil),
    ])

  static let qwen3MoE = FamilyComputation(
    "Qwen3MoeForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal,
      .window(otherwise: 4096, when: "use_sliding_window"), .chosenExperts(8),
      .flag("norm_topk_prob", otherwise: false) { .normalizedExperts($0) },
    ], sizes: expertSizes, incidental: ["max_window_layers"],
    optionalTensors: projections(attention: "attention_bias"))

  /// The text models of Qwen 2 VL and 2.5 VL.
  static let qwen2VL = FamilyComputation(
    "Qwen2VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration", "Qwen2VLModel",
    "Qwen2_5OmniModel",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal,
      // For text alone the three streams of positions are one.
      .rotary(RotaryRule(base: 1_000_000, kinds: ["mrope": "default"])),
      .windows(
        otherwise: 4096, reading: ["max_window_layers"], when: "use_sliding_window"
      ) { (configuration, layer) throws(ModelError) in
        layer >= (try configuration.optionalCount("max_window_layers") ?? 80)
      },
    ], sizes: decoderSizes, incidental: imageKeys, optionalTensors: qwenTensors + [.network(nil)])

  /// The text model of Qwen 3 VL.
  static let qwen3VL = FamilyComputation(
    "Qwen3VLForConditionalGeneration", rules: qwen3VLRules, sizes: decoderSizes,
    incidental: imageKeys, optionalTensors: projections(attention: "attention_bias"))

  /// The same with experts.
  static let qwen3VLMoE = FamilyComputation(
    "Qwen3VLMoeForConditionalGeneration",
    rules: qwen3VLRules + [.chosenExperts(4), .always(.normalizedExperts(true))],
    sizes: expertSizes, incidental: imageKeys,
    optionalTensors: projections(attention: "attention_bias"))

  private static let qwen3VLRules: [ComputationRule] = [
    .activation(), .epsilon(otherwise: 1e-6), .causal, .rotary(RotaryRule(base: 500_000)),
  ]

  /// Sizes of models with experts in some layers; in which, the tensors show.
  private static let expertSizes = decoderSizes.union([
    "num_experts", "num_local_experts", "moe_intermediate_size", "decoder_sparse_step",
    "mlp_only_layers",
  ])

  private static let qwenTensors = [
    OptionalTensors(nil, in: "model.layers.{n}.self_attn.", ["o_proj.bias"])
  ]

  /// Heads of 128 elements where nothing is said.
  static let head128: @Sendable (Configuration) throws(ModelError) -> Int = {
    (configuration) throws(ModelError) in
    configuration.has("head_dim") ? try configuration.headWidth() : 128
  }
}

extension ComputationRule {
  /// Windows in the layers behind some, where they are switched on.
  static let qwenWindows = ComputationRule.windows(
    otherwise: 4096, reading: ["max_window_layers"], when: "use_sliding_window"
  ) { (configuration, layer) throws(ModelError) in
    layer >= (try configuration.optionalCount("max_window_layers") ?? 28)
  }
}
