internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// OLMo, EXAONE 4, GLM 4, ERNIE 4.5, Seed-OSS, Phi 3, gpt-oss and Mamba.

extension FamilyComputation {
  static let olmo2 = FamilyComputation(
    "Olmo2ForCausalLM", rules: [.activation(), .epsilon(otherwise: 1e-5), .rotary(), .causal],
    sizes: decoderSizes, optionalTensors: projections(attention: "attention_bias"))

  static let olmo3 = FamilyComputation(
    "Olmo3ForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal,
      // Layers with a window do not take a base that stands beside the parameters.
      .rotary(
        RotaryRule(base: 500_000, slidingBase: ("", 500_000)), reading: ["layer_types"],
        slides: { (_, layer) in (layer + 1) % 4 != 0 }),
      .windows(otherwise: 4096) { (_, layer) in (layer + 1) % 4 != 0 },
    ], sizes: decoderSizes, optionalTensors: projections(attention: "attention_bias"))

  static let olmoE = FamilyComputation(
    "OlmoeForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .rotary(), .causal, .chosenExperts(8),
      .flag("norm_topk_prob", otherwise: false) { .normalizedExperts($0) },
      .cap("clip_qkv", otherwise: nil) { .clamp($0, afterNormalization: true) },
    ], sizes: decoderSizes.union(["num_experts", "num_local_experts"]),
    incidental: ["sliding_window"],
    optionalTensors: projections(attention: "attention_bias"))

  static let exaone4 = FamilyComputation(
    "Exaone4ForCausalLM", rules: exaoneRules, sizes: decoderSizes,
    optionalTensors: projections(attention: nil))

  /// Layers turn where they slide, or where none does.
  static let exaoneRules: [ComputationRule] = [
    .activation(), .epsilon(otherwise: 1e-5), .causal,
    .rotary(
      reading: ["layer_types", "sliding_window", "sliding_window_pattern"],
      turns: { (configuration, layer) throws(ModelError) in
        guard try configuration.window(otherwise: 4096) != nil else { return true }
        return try configuration.slides(layer, everyFourthOfEXAONE)
      }),
    .windows(otherwise: 4096, reading: ["sliding_window_pattern"], slides: everyFourthOfEXAONE),
  ]

  /// Which layers of EXAONE slide, where no list says it.
  static let everyFourthOfEXAONE: @Sendable (Configuration, Int) throws(ModelError) -> Bool = {
    (configuration, layer) throws(ModelError) in
    guard try configuration.window(otherwise: 4096) != nil else { return false }
    if let letters = configuration["sliding_window_pattern"]?.string {
      // "LLLG": local and global layers in turn.
      return letters.count > 0 && letters.bytes[layer % letters.count] == UInt8(ascii: "L")
    }
    let period = try configuration.optionalCount("sliding_window_pattern") ?? 4
    return period == 0 || (layer + 1) % period != 0
  }

  static let glm4 = FamilyComputation(
    "Glm4ForCausalLM", rules: glm.rules, sizes: glm.sizes, optionalTensors: glm.optionalTensors,
    headBias: nil)

  static let ernie45 = FamilyComputation(
    "Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal,
      .rotary(RotaryRule(base: 500_000, headWidth: head128)),
    ], sizes: decoderSizes,
    optionalTensors: projections(attention: "use_bias", network: "use_bias"), tiesHead: true)

  static let seedOSS = FamilyComputation(
    "SeedOssForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .rotary(RotaryRule(headWidth: head128)), .causal,
    ], sizes: decoderSizes,
    optionalTensors: [
      OptionalTensors(
        "attention_bias", otherwise: true, in: "model.layers.{n}.self_attn.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias"]),
      OptionalTensors(
        "attention_out_bias", in: "model.layers.{n}.self_attn.", ["o_proj.bias"]),
      .network("mlp_bias"),
    ])

  static let phi3 = FamilyComputation(
    "Phi3ForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal, .window(otherwise: nil),
      .rotary(
        RotaryRule(
          part: .factor(otherwise: 1, keys: ["partial_rotary_factor"]),
          kinds: ["su": "longrope", "yarn": "longrope"], trainedOtherwise: 4096)),
    ], sizes: decoderSizes.union(["n_positions"]), incidental: ["mlp_bias", "attention_bias"])

  static let gptOSS = FamilyComputation(
    "GptOssForCausalLM",
    rules: [
      .epsilon(otherwise: 1e-5), .causal, .chosenExperts(4),
      .rotary(RotaryRule(base: 150_000, headWidth: head64, otherwise: gptOSSRope)),
      .windows(otherwise: 128) { (_, layer) in layer % 2 == 0 },
      ComputationRule("swiglu_alpha", "swiglu_limit") { (configuration) throws(ModelError) in
        [
          .clampedGate(
            factor: Float(try configuration.optionalNumber("swiglu_alpha") ?? 1.702),
            limit: Float(try configuration.optionalNumber("swiglu_limit") ?? 7))
        ]
      },
    ], sizes: decoderSizes.union(["num_local_experts"]),
    incidental: ["hidden_act", "initial_context_length", "experts_per_token"],
    optionalTensors: projections(attention: "attention_bias", otherwise: true))

  private static let gptOSSRope: JSONObject = {
    let value: JSONValue = [
      "rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0,
      "truncate": false, "original_max_position_embeddings": 4096,
    ]
    return value.object ?? JSONObject()
  }()

  private static let head64: @Sendable (Configuration) throws(ModelError) -> Int = {
    (configuration) throws(ModelError) in
    configuration.has("head_dim") ? try configuration.headWidth() : 64
  }

  static let mamba = FamilyComputation(
    "MambaForCausalLM", "MambaLMHeadModel",
    rules: [.activation(), .epsilon("layer_norm_epsilon", 1e-5)], sizes: mambaSizes,
    incidental: mambaIncidental, optionalTensors: mambaTensors, tiesHead: true)

  static let falconMamba = FamilyComputation(
    "FalconMambaForCausalLM",
    rules: [.activation(), .epsilon("layer_norm_epsilon", 1e-5)],
    sizes: mambaSizes.union(["mixer_rms_eps"]), incidental: mambaIncidental,
    optionalTensors: mambaTensors,
    tiesHead: true)

  private static let mambaSizes: Set<ByteString> = [
    "hidden_size", "d_model", "num_hidden_layers", "n_layer", "state_size", "d_state", "expand",
    "conv_kernel", "d_conv", "intermediate_size", "d_inner", "time_step_rank", "dt_rank",
  ]

  private static let mambaIncidental: Set<ByteString> = [
    "residual_in_fp32", "time_step_scale", "time_step_min", "time_step_max",
    "time_step_init_scheme", "time_step_floor", "rescale_prenorm_residual", "use_mambapy",
    "use_falcon_mambapy", "use_associative_scan", "fused_add_norm", "rms_norm", "ssm_cfg",
    "pad_vocab_size_multiple",
  ]

  private static let mambaTensors = [
    OptionalTensors(
      "use_bias", in: "backbone.layers.{n}.mixer.", ["in_proj.bias", "out_proj.bias"]),
    OptionalTensors(
      "use_conv_bias", otherwise: true, in: "backbone.layers.{n}.mixer.", ["conv1d.bias"]),
  ]
}
