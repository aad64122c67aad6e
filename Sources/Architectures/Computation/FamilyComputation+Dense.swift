internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Arcee, OLMo 1, EXAONE 3, GLM as transformers first knew it, and Hunyuan without experts.

extension FamilyComputation {
  static let arcee = FamilyComputation(
    "ArceeForCausalLM",
    rules: [.activation("hidden_act", "relu2"), .epsilon(otherwise: 1e-5), .rotary(), .causal],
    sizes: decoderSizes,
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))

  /// Its ε stands in `modeling_olmo.py` (OlmoLayerNorm), not in the configuration.
  static let olmo = FamilyComputation(
    "OlmoForCausalLM",
    rules: [
      .activation(), .always(.epsilon(1e-5)), .rotary(), .causal,
      .cap("clip_qkv", otherwise: nil) { .clamp($0, afterNormalization: false) },
    ], sizes: decoderSizes, optionalTensors: projections(attention: "attention_bias"))

  /// The same under the class's older name, whose converter passes on the other norm's ε, too.
  static let olmoOlder = FamilyComputation(
    "OLMoForCausalLM", rules: olmo.rules, sizes: olmo.sizes.union(["rms_norm_eps"]),
    optionalTensors: olmo.optionalTensors, headBias: nil)

  /// Llama under names of its own (transformers' `modular_exaone.py`): each key under two names.
  static let exaone = FamilyComputation(
    "ExaoneForCausalLM",
    rules: [
      ComputationRule("activation_function", "hidden_act") { (configuration) throws(ModelError) in
        let key: ByteString =
          configuration.has("activation_function") ? "activation_function" : "hidden_act"
        return try ComputationRule.activation(key).settings(configuration)
      },
      ComputationRule("layer_norm_epsilon", "rms_norm_eps") { (configuration) throws(ModelError) in
        let value = try configuration.optionalNumber("layer_norm_epsilon", "rms_norm_eps")
        return [.epsilon(Float(value ?? 1e-5))]
      }, .rotary(RotaryRule(base: 500_000)), .causal,
    ], sizes: decoderSizes.union(["num_layers"]),
    optionalTensors: [
      OptionalTensors(
        "attention_bias", in: "transformer.h.{n}.attn.attention.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias", "out_proj.bias"]),
      OptionalTensors(
        "mlp_bias", in: "transformer.h.{n}.mlp.", ["c_fc_0.bias", "c_fc_1.bias", "c_proj.bias"]),
    ])

  static let glm = FamilyComputation(
    "GlmForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1.5625e-7), .causal,
      .rotary(
        RotaryRule(
          part: .factor(otherwise: 0.5, keys: ["partial_rotary_factor"]), headWidth: head128)),
    ], sizes: decoderSizes,
    optionalTensors: OptionalTensors.inputBiases("attention_bias", otherwise: true))

  static let hunYuanDense = FamilyComputation(
    "HunYuanDenseV1ForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .causal,
      .rotary(RotaryRule(stretchesBaseByAlpha: true)),
    ], sizes: decoderSizes,
    incidental: [
      "eod_token_id", "use_qk_norm", "use_cla", "cla_share_factor", "attention_head_dim",
      "org_vocab_size",
      "im_end_id", "im_start_id", "im_newline_id", "text_start_id", "text_end_id", "mask_init_id",
      "num_media_embeds", "add_classification_head", "class_num", "pool_type", "norm_type",
      "use_rotary_pos_emb", "position_embedding_xdrope", "sep_token_id", "dense_list",
      "routed_scaling_factor", "enable_lm_head_fp32",
    ],
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
