internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Gemma 4, its text model: dense, with an embedding for each layer, or with experts beside the
  /// dense network.
  package static let gemma4 = Architecture(
    name: "gemma4",
    configurationNames: ["Gemma4ForCausalLM", "Gemma4ForConditionalGeneration"],
    computations: [.gemma4],
    defaults: [
      ConfigurationDefault("head_dim", 256), ConfigurationDefault("num_attention_heads", 8),
      ConfigurationDefault("num_key_value_heads", 4), ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 131_072),
      ConfigurationDefault("sliding_window", 512), ConfigurationDefault("num_kv_shared_layers", 0),
      ConfigurationDefault("hidden_size_per_layer_input", 256),
      ConfigurationDefault("rope_parameters", gemma4Rope),
    ],
    hyperparameters: gemma4Keys,
    tensors: TensorRule.embeddings() + TensorRule.perLayerInputs + TensorRule.attention()
      + TensorRule.headNorms() + TensorRule.attentionNorm() + TensorRule.outerNorms()
      + TensorRule.gatedFeedForward + gemma4Layer,
    generated: [.proportionalFrequencies],
    closing: [noSpacePrefix, .constant("tokenizer.ggml.add_bos_token", .bool(true))],
    export: .gemma4, vocabulary: VocabularyKind(.plainBytePair),
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.activation = .geluTanh
      $0.scalesEmbedding = true
      $0.scoreScale = { _ in 1 }
      $0.normalizesValues = true
      $0.keysServeAsValues = true
      $0.windowed = .allBut(every: 6)
    })

  /// What transformers assumes of the rotary embedding (configuration_gemma4.py).
  private static let gemma4Rope: JSONValue = [
    "full_attention": [
      "rope_type": "proportional", "partial_rotary_factor": 0.25, "rope_theta": 1_000_000.0,
    ],
    "sliding_attention": ["rope_type": "default", "rope_theta": 10_000.0],
  ]

  private static let gemma4Layer: [TensorRule] =
    [
      .layer("pre_feedforward_layernorm.weight", "ffn_norm.weight"),
      .layer("pre_feedforward_layernorm_2.weight", "pre_ffw_norm_2.weight"),
      .layer("post_feedforward_layernorm_1.weight", "post_ffw_norm_1.weight"),
      .layer("post_feedforward_layernorm_2.weight", "post_ffw_norm_2.weight"),
      .layer("layer_scalar", "layer_output_scale.weight"),
      .layer("router.proj.weight", "ffn_gate_inp.weight"),
      .layer("router.scale", "ffn_gate_inp.scale"),
      .layer("router.per_expert_scale", "ffn_down_exps.scale"),
      .layer("experts.gate_up_proj", "ffn_gate_up_exps.weight"),
      .layer("experts.down_proj", "ffn_down_exps.weight"),
      .layer("experts.gate_up_proj.weight", "ffn_gate_up_exps.weight").readOnly,
      .layer("experts.down_proj.weight", "ffn_down_exps.weight").readOnly,
    ]

  private static let gemma4Keys: [HyperparameterRule] =
    HyperparameterRule.common
    .replacing(
      HyperparameterRule("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        let width = try configuration.count("intermediate_size")
        guard configuration["use_double_wide_mlp"]?.bool == true else {
          return .uint32(UInt32(width))
        }
        // Layers without keys of their own have the wide networks.
        let layers = try configuration.layerCount()
        let own = layers - (try configuration.optionalCount("num_kv_shared_layers") ?? 0)
        return .array(.int32((0..<layers).map { Int32(clamping: $0 < own ? width : 2 * width) }))
      }
    ).replacing(
      HyperparameterRule("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
        let sliding = try configuration.slidingOfGemma4()
        guard let full = try configuration.ownValue("num_key_value_heads", sliding) else {
          return .uint32(UInt32(try configuration.count("num_key_value_heads")))
        }
        let usual = try configuration.count("num_key_value_heads")
        return .array(.int32(sliding.map { Int32(clamping: $0 ? usual : full) }))
      }
    ).replacing(
      HyperparameterRule("{arch}.attention.causal") { configuration in
        configuration.isBidirectional ? .bool(false) : nil
      }
    ).replacing(
      .count("{arch}.attention.key_length") { (configuration) throws(ModelError) in
        try configuration.fullWidthOfGemma4()
      }
    ).replacing(
      .count("{arch}.attention.value_length") { (configuration) throws(ModelError) in
        try configuration.fullWidthOfGemma4()
      }) + [
      .number("{arch}.final_logit_softcapping", "final_logit_softcapping"),
      .count("{arch}.attention.sliding_window", reading: ["sliding_window"]) {
        (configuration) throws(ModelError) in
        let window = try configuration.count("sliding_window")
        return configuration.isBidirectional ? window / 2 * 2 : window
      },
      .count("{arch}.attention.shared_kv_layers", "num_kv_shared_layers"),
      .count("{arch}.embedding_length_per_layer_input") { (configuration) throws(ModelError) in
        try configuration.optionalCount("hidden_size_per_layer_input") ?? 0
      },
      HyperparameterRule("{arch}.attention.sliding_window_pattern") {
        (configuration) throws(ModelError) in
        .array(.bool(try configuration.slidingOfGemma4()))
      },
      .count("{arch}.attention.key_length_swa", "head_dim"),
      .count("{arch}.attention.value_length_swa", "head_dim"),
      .count(
        "{arch}.expert_feed_forward_length", "expert_intermediate_size", "moe_intermediate_size"),
      .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
        try configuration.fullWidthOfGemma4()
      },
      .count("{arch}.rope.dimension_count_swa") { (configuration) throws(ModelError) in
        try configuration.count("head_dim")
      },
    ]
}

extension TensorRule {
  /// An embedding for each layer, and what a layer does with it.
  static let perLayerInputs: [TensorRule] = [
    TensorRule("model.embed_tokens_per_layer.weight", "per_layer_token_embd.weight"),
    TensorRule("model.per_layer_model_projection.weight", "per_layer_model_proj.weight"),
    TensorRule("model.per_layer_projection_norm.weight", "per_layer_proj_norm.weight"),
    layer("per_layer_input_gate.weight", "inp_gate.weight"),
    layer("per_layer_projection.weight", "proj.weight"),
    layer("post_per_layer_input_norm.weight", "post_norm.weight"),
  ]
}

extension GeneratedTensor {
  /// What divides the frequencies of layers with full attention: nothing, or so much that what should
  /// not turn stands still (conversion/gemma.py, `Gemma4Model.generate_extra_tensors`).
  static let proportionalFrequencies = GeneratedTensor("rope_freqs.weight") {
    (configuration) throws(ModelError) in
    let width = try configuration.fullWidthOfGemma4()
    let rope = configuration.fullRope
    let isProportional = configuration.ropeType == "proportional"
    let part =
      isProportional
      ? try Configuration.number(rope["partial_rotary_factor"], ["partial_rotary_factor"]) ?? 1 : 1
    let factor = isProportional ? try Configuration.number(rope["factor"], ["factor"]) ?? 1 : 1
    guard (0...1).contains(part), width <= 1 << 16 else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'partial_rotary_factor' is \(part): a number from 0 to 1 is expected")
    }
    let turning = Int(Double(width) * part / 2)
    return (0..<width / 2).map { $0 < turning ? Float(factor) : 1e30 }
  }
}

extension Configuration {
  /// Whether tokens see those behind them.
  var isBidirectional: Bool { self["use_bidirectional_attention"]?.text == "all" }

  /// Which layers have a sliding window: all but every sixth where there is no list, and never the last.
  func slidingOfGemma4() throws(ModelError) -> [Bool] {
    var result: [Bool] = []
    let layers = try layerCount()
    for layer in 0..<layers {
      let isSliding = try slides(layer) { (_, layer) throws(ModelError) in (layer + 1) % 6 != 0 }
      result.append(isSliding && layer < layers - 1)
    }
    return result
  }

  /// Elements of a head in layers with full attention.
  func fullWidthOfGemma4() throws(ModelError) -> Int {
    if let own = try ownValue("head_dim", slidingOfGemma4()) { return own }
    return try count("head_dim")
  }

  /// What layers with full attention have in place of a value; nil where they have the same.
  ///
  /// `per_layer_config` says it by layer, where it is there; GGUF has room for one value of a kind of
  /// layers.
  func ownValue(_ key: ByteString, _ sliding: [Bool]) throws(ModelError) -> Int? {
    guard let layers = self["per_layer_config"]?.object else {
      if key == "head_dim" { return try optionalCount("global_head_dim") ?? 512 }
      return self["attention_k_eq_v"]?.bool == true
        ? try optionalCount("num_global_key_value_heads") : nil
    }
    let usual = try count(key)
    var found: Int?
    for (layer, isSliding) in sliding.enumerated() {
      var own: Int?
      if let value = layers[ByteString("\(layer)")]?[key], !value.isNull {
        own = try Self.count(value, [key])
      }
      let isOther = isSliding ? own ?? usual != usual : found.map { $0 != own ?? usual } ?? false
      if isOther || own == 0 {
        throw ModelError(
          .unsupportedSetting, "config.json",
          "'per_layer_config' gives layer \(layer) another '\(key)' than the other layers of its "
            + "kind have, for which GGUF has no place")
      }
      if !isSliding, let own { found = own }
    }
    return found
  }
}
