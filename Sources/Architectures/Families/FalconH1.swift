internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Falcon H1: attention and Mamba 2 side by side in each layer, and factors on nearly every matrix,
  /// which readers of GGUF find multiplied into the weights.
  package static let falconH1 = Architecture(
    name: "falcon-h1", configurationNames: ["FalconH1ForCausalLM"], computations: [.falconH1],
    defaults: [
      .headWidth, .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 8192), .ropeBase(10_000),
      ConfigurationDefault("mamba_d_ssm") { configuration in
        guard let width = configuration["hidden_size"]?.integer else { return nil }
        return .integer(width * (configuration["mamba_expand"]?.integer ?? 2))
      },
      ConfigurationDefault("mamba_n_groups", 1), ConfigurationDefault("mamba_d_conv", 4),
      ConfigurationDefault("mamba_d_state", 256), ConfigurationDefault("mamba_n_heads", 128),
    ],
    hyperparameters: falconH1Sizes, tensors: falconH1Tensors + falconH1Mixer,
    export: .falconH1, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.arrangement = .sequential
    })

  private static let falconH1Sizes: [HyperparameterRule] = [
    .count("{arch}.context_length", "max_position_embeddings"),
    .embeddingLength, .count("{arch}.feed_forward_length", "intermediate_size"), .headCount,
    .blockCount, .count("{arch}.ssm.conv_kernel", "mamba_d_conv"),
    .count("{arch}.ssm.inner_size", "mamba_d_ssm"),
    .count("{arch}.ssm.state_size", "mamba_d_state"),
    .count("{arch}.ssm.time_step_rank") { (configuration) throws(ModelError) in
      let inner = try configuration.count("mamba_d_ssm")
      if let width = configuration["mamba_d_head"]?.integer, width > 0 { return inner / width }
      return try configuration.count("mamba_n_heads")
    }, .count("{arch}.ssm.group_count", "mamba_n_groups"),
    .number("{arch}.attention.layer_norm_rms_epsilon", "rms_norm_eps"), .fileType,
    .vocabularySize, .keyValueHeadCount, .count("{arch}.attention.key_length", "head_dim"),
    .count("{arch}.attention.value_length", "head_dim"),
    .number("{arch}.rope.freq_base") { (configuration) throws(ModelError) in
      try Configuration.number(configuration.fullRope["rope_theta"], ["rope_theta"])
    },
  ]

  private static let falconH1Tensors: [TensorRule] = [
    .tiedOutput(otherwise: false),
    scaled("lm_head.weight", "output.weight", "lm_head_multiplier"),
    scaled("model.embed_tokens.weight", "token_embd.weight", "embedding_multiplier"),
    TensorRule("model.final_layernorm.weight", "output_norm.weight"),
    scaled("feed_forward.down_proj.{s}", "ffn_down.{s}", .item(1, of: "mlp_multipliers")),
    scaled("feed_forward.gate_proj.{s}", "ffn_gate.{s}", .item(0, of: "mlp_multipliers")),
    .layer("feed_forward.up_proj.{s}", "ffn_up.{s}"),
    .layer("input_layernorm.weight", "attn_norm.weight"),
    .layer("pre_ff_layernorm.weight", "ffn_norm"),
    // As a product of two, each rounded by itself. What is added after a product keeps its size, but for
    // the factor that stands behind both (the converter multiplies biases like matrices).
    TensorRule(
      "model.layers.{n}.self_attn.k_proj.weight",
      outputs: [
        .init(
          "blk.{n}.attn_k.weight",
          [.factor("key_multiplier"), .factor("attention_in_multiplier")])
      ]), scaled("self_attn.k_proj.bias", "attn_k.bias", .factor("key_multiplier")),
    scaled("self_attn.q_proj.weight", "attn_q.weight", .factor("attention_in_multiplier")),
    scaled("self_attn.v_proj.weight", "attn_v.weight", .factor("attention_in_multiplier")),
    .layer("self_attn.q_proj.bias", "attn_q.bias"),
    .layer("self_attn.v_proj.bias", "attn_v.bias"),
    scaled("self_attn.o_proj.{s}", "attn_output.{s}", .factor("attention_out_multiplier")),
  ]

  private static let falconH1Mixer: [TensorRule] =
    [
      scaled("mamba.out_proj.{s}", "ssm_out.{s}", .factor("ssm_out_multiplier")),
      TensorRule(
        "model.layers.{n}.mamba.in_proj.weight",
        outputs: [
          .init("blk.{n}.ssm_in.weight", [.factor("ssm_in_multiplier"), .segments(ofRows: true)])
        ]),
      scaled("mamba.in_proj.bias", "ssm_in.bias", .segments(ofRows: false)),
    ] + TensorRule.mamba2Mixer("model.layers.{n}.mamba.")

  private static func scaled(_ source: String, _ target: String, _ key: ByteString) -> TensorRule {
    TensorRule(source, outputs: [.init(target, [.factor(key)])])
  }

  private static func scaled(
    _ source: String, _ target: String, _ change: TensorChange
  ) -> TensorRule {
    .layer(source, target, change)
  }
}

extension TensorChange {
  /// A factor under a key of its own.
  fileprivate static func factor(_ key: ByteString) -> TensorChange {
    .multiply { (configuration) throws(ModelError) in
      try configuration.optionalNumber(key).map { Float($0) }
    }
  }

  /// A factor within a list.
  fileprivate static func item(_ index: Int, of key: ByteString) -> TensorChange {
    .multiply { (configuration) throws(ModelError) in
      try configuration.factors(key, count: 2).map { $0[index] }
    }
  }

  /// Factors of gate, inner state, input and output vectors and time steps; a bias has them in one row.
  fileprivate static func segments(ofRows: Bool) -> TensorChange {
    .multiplyRows { (configuration) throws(ModelError) in
      guard let factors = try configuration.factors("ssm_multipliers", count: 5) else { return [] }
      guard ofRows else {
        guard Set(factors).count == 1, let factor = factors.first else {
          throw ModelError(
            .unsupportedSetting, "config.json",
            "'ssm_multipliers' scale the parts of a bias differently, which is not supported")
        }
        return [RowFactor(0..<1, factor)]
      }
      let inner = try configuration.count("mamba_d_ssm")
      let states = try configuration.count("mamba_n_groups") * configuration.count("mamba_d_state")
      let sizes = [inner, inner, states, states, try configuration.count("mamba_n_heads")]
      var start = 0
      return zip(sizes, factors).map { size, factor in
        start += size
        return RowFactor(start - size..<start, factor)
      }
    }
  }
}

extension Configuration {
  /// Numbers in a list of a certain length; nil where there is none.
  fileprivate func factors(_ key: ByteString, count: Int) throws(ModelError) -> [Float]? {
    guard let list = self[key]?.array else { return nil }
    let numbers = list.compactMap(\.double).map { Float($0) }
    guard numbers.count == count, list.count == count else {
      throw ModelError(.invalidMetadata, "config.json", "'\(key)' must be \(count) numbers")
    }
    return numbers
  }
}

extension ConfigurationExport {
  /// All factors stay in the weights: those of the configuration are 1, as transformers assumes.
  static let falconH1 = ConfigurationExport(
    "falcon_h1", "FalconH1ForCausalLM",
    [
      .integer("mamba_n_heads", "ssm.time_step_rank"),
      .computed("mamba_d_head") { facts in
        guard let inner = facts.integer("ssm.inner_size"),
          let heads = facts.integer("ssm.time_step_rank"), heads > 0
        else { return nil }
        return .integer(inner / heads)
      },
      .has("mamba_rms_norm", "blk.0.ssm_norm.weight"),
      .constant("mamba_norm_before_gate", false),
      .has("mamba_conv_bias", "blk.0.ssm_conv1d.bias"),
      .has("mamba_proj_bias", "blk.0.ssm_in.bias"), .has("projectors_bias", "blk.0.ssm_out.bias"),
      .attentionBias, .networkBias,
    ])
}
