internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Gemma 3n, its text model: several streams of hidden states (AltUp), LAuReL beside attention, an
  /// embedding for each layer, keys that layers share.
  package static let gemma3n = Architecture(
    name: "gemma3n",
    configurationNames: ["Gemma3nForCausalLM", "Gemma3nForConditionalGeneration"],
    computations: [.gemma3n],
    defaults: [
      ConfigurationDefault("head_dim", 256), ConfigurationDefault("num_attention_heads", 8),
      ConfigurationDefault("num_key_value_heads", 2), ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 32_768),
      ConfigurationDefault("intermediate_size", 16_384),
      ConfigurationDefault("sliding_window", 512), .ropeBase(1_000_000),
      ConfigurationDefault("rope_local_base_freq", 10_000.0),
      ConfigurationDefault("num_kv_shared_layers", 15),
      ConfigurationDefault("hidden_size_per_layer_input", 256),
      ConfigurationDefault("altup_active_idx", 0), ConfigurationDefault("altup_num_inputs", 4),
      ConfigurationDefault("final_logit_softcapping", 30.0),
    ],
    hyperparameters: gemma3nKeys,
    tensors: gemma3nTensors,
    closing: [noSpacePrefix], export: .gemma3n,
    vocabulary: VocabularyKind(.sentencePiece, sizes: ["vocab_size"]),
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.activation = .geluTanh
      $0.scalesEmbedding = true
      $0.scoreScale = { _ in 1 }
      $0.normalizesValues = true
      $0.windowed = .allBut(every: 5)
      $0.windowedBase = 10000
      $0.stretchesWindows = false
    })

  private static let gemma3nTensors: [TensorRule] =
    [
      TensorRule(
        "model.embed_tokens.weight", "token_embd.weight", .rowsForAllTokens),
      TensorRule(
        "model.embed_tokens_per_layer.weight", "per_layer_token_embd.weight", .rowsForAllTokens),
      TensorRule("model.altup_projections.{e}.weight", "altup_proj.weight"),
      TensorRule("model.altup_unembed_projections.{e}.weight", "altup_unembd_proj.weight"),
      .layer("altup.correct_output_scale", "altup_correct_scale.weight"),
      .layer("altup.correction_coefs.weight", "altup_correct_coef.weight"),
      .layer("altup.prediction_coefs.weight", "altup_predict_coef.weight"),
      .layer("altup.modality_router.weight", "altup_router.weight"),
      .layer("altup.router_norm.weight", "altup_router_norm.weight"),
      .layer("laurel.linear_left.weight", "laurel_l.weight"),
      .layer("laurel.linear_right.weight", "laurel_r.weight"),
      .layer("laurel.post_laurel_norm.weight", "laurel_post_norm.weight"),
      .layer("pre_feedforward_layernorm.weight", "ffn_norm.weight"),
    ] + TensorRule.embeddings() + TensorRule.perLayerInputs + TensorRule.attention()
    + TensorRule.headNorms() + TensorRule.attentionNorm() + TensorRule.outerNorms()
    + TensorRule.gatedFeedForward

  private static let gemma3nKeys: [HyperparameterRule] =
    HyperparameterRule.common.replacing(
      HyperparameterRule("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        .array(.int32(try configuration.networkWidths()))
      }) + [
      .number("{arch}.final_logit_softcapping", "final_logit_softcapping"), .slidingWindow,
      .count("{arch}.altup.active_idx", "altup_active_idx"),
      .count("{arch}.altup.num_inputs", "altup_num_inputs"),
      .count("{arch}.embedding_length_per_layer_input", "hidden_size_per_layer_input"),
      .count("{arch}.attention.shared_kv_layers", "num_kv_shared_layers"),
      HyperparameterRule("{arch}.activation_sparsity_scale") { (configuration) throws(ModelError) in
        .array(.float32(try configuration.sparsity().map { normalQuantile($0) }))
      },
      HyperparameterRule("{arch}.attention.sliding_window_pattern") {
        (configuration) throws(ModelError) in
        var sliding: [Bool] = []
        for layer in 0..<(try configuration.layerCount()) {
          sliding.append(try configuration.slides(layer, allButFifth))
        }
        return .array(.bool(sliding))
      },
    ]

  /// Layers with a sliding window, where there is no list.
  static let allButFifth: @Sendable (Configuration, Int) throws(ModelError) -> Bool = {
    (_, layer) throws(ModelError) in (layer + 1) % 5 != 0
  }
}

extension TensorChange {
  /// Published tables leave out the tokens of images and sounds, for which readers want rows.
  fileprivate static let rowsForAllTokens = TensorChange.pad { (configuration) throws(ModelError) in
    try configuration.optionalCount("vocab_size") ?? 262_400
  }
}

extension Configuration {
  /// Elements between up and down in each layer: one number for all, or a list.
  fileprivate func networkWidths() throws(ModelError) -> [Int32] {
    let key: ByteString = "intermediate_size"
    let layers = try layerCount()
    guard let list = self["intermediate_size"]?.array else {
      return [Int32](repeating: Int32(clamping: try count(key)), count: layers)
    }
    guard list.count == layers else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'\(key)' must have \(layers) numbers, one for each layer")
    }
    return try list.map { (value) throws(ModelError) in
      Int32(clamping: try Self.count(value, [key]))
    }
  }

  /// Which part of each layer's gates is cut off: of the first ten of more than ten layers, where
  /// nothing is said.
  fileprivate func sparsity() throws(ModelError) -> [Double] {
    let key: ByteString = "activation_sparsity_pattern"
    let layers = try layerCount()
    guard let list = self["activation_sparsity_pattern"]?.array else {
      return (0..<layers).map { layers > 10 && $0 < 10 ? 0.95 : 0 }
    }
    guard list.count == layers else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'\(key)' must have \(layers) numbers, one for each layer")
    }
    return try list.map { (value) throws(ModelError) in
      guard let number = value.double, (0..<1).contains(number) else {
        throw ModelError(
          .invalidMetadata, "config.json", "'\(key)' must be numbers from 0 to below 1")
      }
      return number
    }
  }
}

extension ConfigurationExport {
  /// Lists for all layers, and rotary parameters of two kinds.
  static let gemma3n = ConfigurationExport(
    "gemma3n_text", "Gemma3nForCausalLM",
    [
      .constant("hidden_activation", "gelu_pytorch_tanh"), .attentionBias, .layerTypes,
      .computed("intermediate_size") { facts in
        let list = facts["feed_forward_length"]?.array?.integers
        return list.map { .array($0.map { .integer($0) }) }
          ?? facts.integer("feed_forward_length").map { .integer($0) }
      },
      .computed("activation_sparsity_pattern") { facts in
        facts["activation_sparsity_scale"]?.array?.floats.map { scales in
          .array(scales.map { .double(normalProbability($0)) })
        }
      },
      .rows("laurel_rank", "blk.0.laurel_l.weight"),
      .rows("vocab_size_per_layer_input", "per_layer_token_embd.weight"),
      .computed("rope_parameters") { facts in
        [
          "full_attention": [
            "rope_type": "default", "rope_theta": .double(facts.number("rope.freq_base") ?? 1e6),
          ],
          "sliding_attention": [
            "rope_type": "default",
            "rope_theta": .double(facts.number("rope.freq_base_swa") ?? 10_000),
          ],
        ]
      },
    ], writesRotary: false)
}
