internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// GPT-2, GPT-NeoX and older decoders with layer norms: Falcon, BLOOM, MPT, Phi 2, StableLM,
// StarCoder 2, Nemotron.

extension FamilyComputation {
  static let gpt2 = FamilyComputation(
    "GPT2LMHeadModel",
    rules: [
      .activation("activation_function", "gelu_new"), .epsilon("layer_norm_epsilon", 1e-5),
      .causal, .gpt2Scale,
    ], sizes: ["n_embd", "n_head", "n_layer", "n_positions", "n_ctx", "n_inner", "vocab_size"],
    incidental: ["reorder_and_upcast_attn"],
    refusals: [.whereTrue("add_cross_attention", "attention over another model's states")],
    tiesHead: true)

  static let starCoder = FamilyComputation(
    "GPTBigCodeForCausalLM",
    rules: [
      .activation("activation_function", "gelu_pytorch_tanh"),
      .epsilon("layer_norm_epsilon", 1e-5), .causal, .weightScale,
    ], sizes: ["n_embd", "n_head", "n_layer", "n_positions", "n_inner", "multi_query"],
    incidental: [
      // Precision of the softmax, which is single here; the number of key heads follows multi_query.
      "attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "num_key_value_heads",
      "inference_runner", "validate_runner_input", "pre_allocate_kv_cache",
      "max_sequence_length", "max_batch_size", "pad_key_length",
    ],
    refusals: [.whereTrue("add_cross_attention", "attention over another model's states")],
    tiesHead: true)

  static let gptNeoX = FamilyComputation(
    "GPTNeoXForCausalLM",
    rules: [
      .activation("hidden_act", "gelu"), .epsilon("layer_norm_eps", 1e-5), .causal,
      .rotary(
        RotaryRule(
          baseKeys: ["rotary_emb_base"], part: .factor(otherwise: 0.25, keys: ["rotary_pct"]),
          headWidth: shareOfWidth), reading: ["rotary_pct"]),
      .flag("use_parallel_residual", otherwise: true) { .parallel($0) },
    ], sizes: decoderSizes, incidental: ["rope_theta", "is_decoder"],
    optionalTensors: [
      OptionalTensors(
        "attention_bias", otherwise: true, in: "gpt_neox.layers.{n}.attention.",
        ["query_key_value.bias", "dense.bias"]),
      OptionalTensors(nil, in: "", ["embed_out.bias"]),
    ])

  static let phi2 = FamilyComputation(
    "PhiForCausalLM",
    rules: [
      .activation("hidden_act", "gelu_new"), .epsilon("layer_norm_eps", 1e-5), .causal,
      .rotary(RotaryRule(part: .factor(otherwise: 0.5, keys: ["partial_rotary_factor"]))),
    ], sizes: decoderSizes.union(["n_positions"]),
    refusals: [.whereTrue("qk_layernorm", "norms of queries and keys")], headBias: nil)

  static let stableLM = FamilyComputation(
    "StableLmForCausalLM",
    rules: [
      .activation(), .epsilon("layer_norm_eps", 1e-5),
      .rotary(RotaryRule(part: .factor(otherwise: 0.25, keys: ["partial_rotary_factor"]))),
      .flag("use_parallel_residual", otherwise: false) { .parallel($0) },
    ], sizes: decoderSizes,
    optionalTensors: [
      OptionalTensors(
        "use_qkv_bias", in: "model.layers.{n}.self_attn.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias"]),
      OptionalTensors(nil, in: "model.layers.{n}.self_attn.", ["o_proj.bias"]),
      OptionalTensors(
        "qk_layernorm", in: "model.layers.{n}.self_attn.",
        ["q_layernorm.norms.{e}.weight", "k_layernorm.norms.{e}.weight"]), .network(nil),
      OptionalTensors(
        "use_parallel_residual", isInverted: true, in: "model.layers.{n}.",
        ["post_attention_layernorm.weight", "post_attention_layernorm.bias"]),
    ])

  static let starCoder2 = FamilyComputation(
    "Starcoder2ForCausalLM",
    rules: [
      .activation("hidden_act", "gelu_pytorch_tanh"), .epsilon("norm_epsilon", 1e-5), .causal,
      .rotary(RotaryRule(headWidth: shareOfWidth)), .window(otherwise: nil),
    ], sizes: decoderSizes,
    incidental: ["mlp_type", "norm_type", "layer_norm_epsilon", "activation_function"],
    optionalTensors: [
      OptionalTensors(
        "use_bias", otherwise: true, in: "model.layers.{n}.",
        [
          "self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias",
          "self_attn.o_proj.bias", "mlp.c_fc.bias", "mlp.c_proj.bias",
        ])
    ], tiesHead: true)

  static let nemotron = FamilyComputation(
    "NemotronForCausalLM",
    rules: [
      .activation("hidden_act", "relu2"), .epsilon("norm_eps", 1e-5), .causal,
      .rotary(RotaryRule(part: .factor(otherwise: 0.5, keys: ["partial_rotary_factor"]))),
    ], sizes: decoderSizes,
    incidental: ["partial_rotary_factors", "rope_percent", "layer_norm_eps"],
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))

  static let falcon = FamilyComputation(
    "FalconForCausalLM", "RWForCausalLM",
    rules: [
      .activation("activation", "gelu"), .epsilon("layer_norm_epsilon", 1e-5), .causal,
      .rotary(
        RotaryRule(headWidth: shareOfWidth), reading: ["alibi"],
        turns: { (configuration, _) in configuration["alibi"]?.bool != true }),
      .falconBias,
      ComputationRule("parallel_attn", "new_decoder_architecture") { configuration in
        [
          .parallel(
            configuration["new_decoder_architecture"]?.bool ?? false
              || configuration["parallel_attn"]?.bool ?? true)
        ]
      },
    ],
    sizes: [
      "hidden_size", "num_hidden_layers", "num_attention_heads", "num_kv_heads", "n_head_kv",
      "n_head", "n_layer", "multi_query", "num_ln_in_parallel_attn", "ffn_hidden_size",
      "max_position_embeddings", "n_embed",
    ],
    optionalTensors: [
      OptionalTensors(
        "bias", in: "transformer.h.{n}.",
        [
          "self_attention.query_key_value.bias", "self_attention.dense.bias",
          "mlp.dense_h_to_4h.bias", "mlp.dense_4h_to_h.bias",
        ])
    ], tiesHead: true)

  static let bloom = FamilyComputation(
    "BloomForCausalLM", "BloomModel",
    rules: [
      .epsilon("layer_norm_epsilon", 1e-5), .causal,
      .flag("apply_residual_connection_post_layernorm", otherwise: false) {
        .addsToNormalized($0)
      },
    ],
    sizes: [
      "hidden_size", "n_layer", "n_head", "num_hidden_layers", "num_attention_heads", "n_embed",
      "n_embd", "seq_length",
    ],
    incidental: [
      "slow_but_exact", "masked_softmax_fusion", "attention_softmax_in_fp32", "bias_dropout_fusion",
      "skip_bias_add", "skip_bias_add_qkv", "offset_alibi", "unk_token_id",
    ], tiesHead: true)

  static let mpt = FamilyComputation(
    "MptForCausalLM", "MPTForCausalLM",
    rules: [.epsilon("layer_norm_epsilon", 1e-5), .causal, .mptAttention],
    sizes: [
      "d_model", "n_heads", "n_layers", "expansion_ratio", "max_seq_len",
    ],
    incidental: [
      "learned_pos_emb", "init_device", "no_bias", "embedding_fraction", "norm_type", "verbose",
      "init_config", "tokenizer_name", "logit_scale",
    ], tiesHead: true)
}

extension ComputationRule {
  /// By the root of a head's width or not, and by the number of the layer.
  fileprivate static let gpt2Scale = ComputationRule(
    "scale_attn_weights", "scale_attn_by_inverse_layer_idx"
  ) { (configuration) throws(ModelError) in
    let width = Double(try configuration.width() / configuration.headCount())
    let scale = configuration["scale_attn_weights"]?.bool ?? true ? 1 / width.squareRoot() : 1
    let byLayer = configuration["scale_attn_by_inverse_layer_idx"]?.bool ?? false
    return [
      .scoreScales(
        (0..<(try configuration.layerCount())).map {
          Float(byLayer ? scale / Double($0 + 1) : scale)
        })
    ]
  }

  /// By the root of a head's width or not.
  fileprivate static let weightScale = ComputationRule("scale_attn_weights") {
    (configuration) throws(ModelError) in
    let width = Double(try configuration.width() / configuration.headCount())
    let scale = configuration["scale_attn_weights"]?.bool ?? true ? 1 / width.squareRoot() : 1
    return [
      .scoreScales([Float](repeating: Float(scale), count: try configuration.layerCount()))
    ]
  }

  /// Falcon RW's biases, which transformers makes in bfloat16 and scales as the scores.
  fileprivate static let falconBias = ComputationRule("alibi") {
    (configuration) throws(ModelError) in
    guard configuration["alibi"]?.bool == true else { return [.positionBias(nil)] }
    let width = Double(try configuration.width() / configuration.headCount())
    return [
      .positionBias(
        PositionBias(largest: 8, factor: Float(1 / width.squareRoot()), isRounded: true))
    ]
  }

  /// MPT's settings in an object of their own; transformers has ALiBi with 8 whatever it says.
  fileprivate static let mptAttention = ComputationRule("attn_config") {
    (configuration) throws(ModelError) in
    let attention = configuration["attn_config"]
    let width = Double(try configuration.width() / configuration.headCount())
    let scale = attention?["softmax_scale"]?.double ?? 1 / width.squareRoot()
    let limit = attention?["clip_qkv"]?.double.flatMap { $0 == 0 ? nil : Float($0) }
    return [
      .scoreScales([Float](repeating: Float(scale), count: try configuration.layerCount())),
      .clamp(limit, afterNormalization: false), .positionBias(PositionBias(largest: 8)),
    ]
  }
}
