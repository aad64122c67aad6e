internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Llama and what is built in its manner: Mistral, Mixtral, SmolLM 3, Granite.

extension FamilyComputation {
  /// Sizes of a decoder under the names that most classes use.
  static let decoderSizes: Set<ByteString> = [
    "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads",
    "intermediate_size", "head_dim", "max_position_embeddings",
  ]

  /// What the metadata of a dense decoder are made of, where the class is not run here.
  static let describedKeys = decoderSizes.union([
    "rms_norm_eps", "rope_theta", "rope_scaling", "rope_parameters",
    "original_max_position_embeddings",
  ])

  /// The projections of attention and the network under the names that most classes use.
  static func projections(
    attention: ByteString?, otherwise: Bool = false, network: ByteString? = nil
  ) -> [OptionalTensors] {
    [
      OptionalTensors(
        attention, otherwise: otherwise, in: "model.layers.{n}.self_attn.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias", "o_proj.bias"]),
      .network(network),
    ]
  }

  static let llama = FamilyComputation(
    "LlamaForCausalLM", "LLaMAForCausalLM",
    rules: [.activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal], sizes: decoderSizes,
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))

  static let mistral = FamilyComputation(
    "MistralForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .rotary(), .window(otherwise: 4096), .causal,
    ], sizes: decoderSizes, optionalTensors: projections(attention: nil))

  /// Mistral Small 3 and Pixtral around Mistral's text model, and Ministral 3.
  static let mistral3 = FamilyComputation(
    "Mistral3ForConditionalGeneration", "Ministral3ForCausalLM",
    rules: [
      .activation(), .causal, .mistralText,
      ComputationRule(of: ComputationRule.rotaryKeys + ["rope_theta"]) {
        (configuration) throws(ModelError) in
        let parameters = configuration.isMinistral3 ? Architecture.ministralRope : nil
        return try ComputationRule.rotary(RotaryRule(otherwise: parameters))
          .settings(configuration)
      },
    ], sizes: decoderSizes, incidental: imageKeys, optionalTensors: projections(attention: nil))

  /// LLaVA and Pixtral: a Llama or Mistral as the text model.
  static let llava = FamilyComputation(
    "LlavaForConditionalGeneration", "VLlama3ForCausalLM", "VoxtralForConditionalGeneration",
    "JanusForConditionalGeneration", "Sarashina2VisionForCausalLM",
    rules: [.activation(), .causal, .mistralText, .rotary()], sizes: decoderSizes,
    incidental: imageKeys,
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))

  /// Keys about images and sound, which say nothing of a text.
  static let imageKeys: Set<ByteString> = [
    "audio_token_index", "projector_bias", "encoder_config", "projector_config", "downsample_rate",
    "window_size", "has_lora_adapter", "talker_config", "token2wav_config", "thinker_config",
    "enable_audio_output", "enable_talker", "code2wav_config", "support_languages", "vq_config",
    "gen_vision_config", "gen_head_config", "gen_aligner_config", "aligner_config",
    "token_classification_bias",
    "image_token_len", "patch_token_len", "im_start_token", "im_end_token", "im_patch_token",
    "understand_projector_stride", "vit_scale", "text_hidden_size",
    "mm_projector_lr", "mm_hidden_size", "mm_projector_type", "mm_vision_tower",
    "mm_vision_select_layer", "mm_vision_select_feature", "mm_use_im_start_end",
    "mm_use_im_patch_token", "image_aspect_ratio", "tune_mm_mlp_adapter", "freeze_mm_mlp_adapter",
    "use_mm_proj", "image_processor", "img_processor", "embd_layer", "audio_processor",
    "candidate_resolutions", "global_view_pos", "tile_tag", "visual_tokenizer_config",
    "hidden_stride",
    "image_token_index", "image_seq_length", "spatial_merge_size", "vision_feature_layer",
    "vision_feature_select_strategy", "multimodal_projector_bias", "projector_hidden_act",
    "image_grid_pinpoints", "video_seq_length", "qk_layer_norms", "scale_factor", "use_resampler",
    "perceiver_config",
  ]

  static let mixtral = FamilyComputation(
    "MixtralForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-5), .rotary(RotaryRule(base: 1_000_000)),
      .window(otherwise: nil), .chosenExperts(2), .always(.normalizedExperts(true)), .causal,
    ], sizes: decoderSizes.union(["num_local_experts", "num_experts"]),
    optionalTensors: projections(attention: nil))

  static let smolLM3 = FamilyComputation(
    "SmolLM3ForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6),
      .rotary(
        RotaryRule(base: 2_000_000), reading: ["no_rope_layers", "no_rope_layer_interval"],
        turns: { (configuration, layer) throws(ModelError) in
          try configuration.turns(layer, anEmptyListCounts: true)
        }),
      .windows(
        otherwise: nil,
        reading: ["no_rope_layers", "no_rope_layer_interval", "use_sliding_window"]
      ) { (configuration, layer) throws(ModelError) in
        guard configuration["use_sliding_window"]?.bool == true else { return false }
        return try !configuration.turns(layer, anEmptyListCounts: true)
      }, .causal,
    ], sizes: decoderSizes,
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"), tiesHead: true)

  static let granite = FamilyComputation(
    "GraniteForCausalLM", rules: graniteRules, sizes: decoderSizes,
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))

  static let graniteMoE = FamilyComputation(
    "GraniteMoeForCausalLM", "GraniteMoeSharedForCausalLM",
    rules: graniteRules + [.chosenExperts(2), .always(.normalizedExperts(true))],
    sizes: decoderSizes.union(["num_local_experts", "shared_intermediate_size"]),
    optionalTensors: projections(attention: "attention_bias"))

  static let graniteRules: [ComputationRule] = [
    .activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal,
    .number("embedding_multiplier", 1) { .embeddingScale($0) },
    .number("residual_multiplier", 1) { .residualScale($0) },
    .number("logits_scaling", 1) { .logitScale(1 / $0) },
    ComputationRule("attention_multiplier") { (configuration) throws(ModelError) in
      let scale = try configuration.optionalNumber("attention_multiplier") ?? 1
      return [.scoreScales([Float](repeating: Float(scale), count: try configuration.layerCount()))]
    },
  ]
}

extension ComputationRule {
  /// The root mean square's under the name that most classes use.
  static func epsilon(otherwise: Double) -> ComputationRule { .epsilon("rms_norm_eps", otherwise) }
}

extension ComputationRule {
  /// ε and windows of a text model that is Mistral's, Ministral 3's or Llama's: `MistralConfig`,
  /// `Ministral3Config`, `LlamaConfig`.
  fileprivate static let mistralText = ComputationRule("rms_norm_eps", "sliding_window") {
    (configuration) throws(ModelError) in
    let isMistral = configuration["model_type"]?.text == "mistral"
    let isMinistral = configuration.isMinistral3
    let epsilon = try configuration.optionalNumber("rms_norm_eps") ?? (isMinistral ? 1e-5 : 1e-6)
    let window =
      isMistral || isMinistral ? try configuration.reach(otherwise: isMistral ? 4096 : nil) : nil
    return [
      .epsilon(Float(epsilon)),
      .windows([Int?](repeating: window, count: try configuration.layerCount())),
    ]
  }
}

extension OptionalTensors {
  /// A bias of the head, which few classes have.
  static let headBias = OptionalTensors(nil, in: "", ["lm_head.bias"])

  /// A bias of the head where a key says so.
  static func headBias(_ key: ByteString) -> OptionalTensors {
    OptionalTensors(key, in: "", ["lm_head.bias"])
  }

  /// Biases of queries, keys and values where a key says so; none of what attention puts out.
  static func inputBiases(_ key: ByteString, otherwise: Bool) -> [OptionalTensors] {
    [
      OptionalTensors(
        key, otherwise: otherwise, in: "model.layers.{n}.self_attn.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias"]), .outputBias,
    ]
  }

  /// A bias of what attention puts out, which the class never has.
  static let outputBias = OptionalTensors(nil, in: "model.layers.{n}.self_attn.", ["o_proj.bias"])

  /// Biases of a gated network.
  static func network(_ key: ByteString?) -> OptionalTensors {
    OptionalTensors(
      key, in: "model.layers.{n}.mlp.", ["gate_proj.bias", "up_proj.bias", "down_proj.bias"])
  }
}
