internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Granite 3: Llama with four scales.
  package static let granite = graniteFamily(
    name: "granite",
    configurationNames: [
      "GraniteForCausalLM", "GraniteSpeechForConditionalGeneration",
      "GraniteSpeechPlusForConditionalGeneration",
    ], computations: [.granite, .graniteSpeech], export: .granite, extra: [],
    tensors: TensorRule.gatedFeedForward)

  /// A member of the family: Llama's attention, scales, and a feed-forward network of its own.
  static func graniteFamily(
    name: String, configurationNames: [String], computations: [FamilyComputation],
    export: ConfigurationExport,
    extra: [HyperparameterRule], tensors: [TensorRule]
  ) -> Architecture {
    Architecture(
      name: name, configurationNames: configurationNames, computations: computations,
      defaults: [
        .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-6),
        ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(10_000),
        ConfigurationDefault("attention_multiplier", 1.0),
        ConfigurationDefault("embedding_multiplier", 1.0),
        ConfigurationDefault("residual_multiplier", 1.0),
        ConfigurationDefault("logits_scaling", 1.0),
      ],
      hyperparameters: HyperparameterRule.common.without(
        "{arch}.attention.key_length", "{arch}.attention.value_length")
        + [
          .vocabularySize,
          .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
            try configuration.width() / configuration.headCount()
          },
        ] + graniteScales + extra,
      tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
        + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + tensors,
      generated: [.ropeFrequencies], closing: llama.closing, export: export,
      vocabulary: llama.vocabulary, traits: DecoderTraits { $0.dividesByLogitScale = true })
  }

  private static let graniteScales: [HyperparameterRule] = [
    ("{arch}.attention.scale", "attention_multiplier"),
    ("{arch}.embedding_scale", "embedding_multiplier"),
    ("{arch}.residual_scale", "residual_multiplier"), ("{arch}.logit_scale", "logits_scaling"),
  ].map { (key: String, name: ByteString) in
    .number(key) { (configuration) throws(ModelError) in
      let value = try configuration.optionalNumber(name)
      return value == 0 ? nil : value
    }
  }
}

extension ConfigurationExport {
  /// Llama with four scales.
  static let granite = ConfigurationExport(
    "granite", "GraniteForCausalLM",
    [
      .attentionKeyHeads, .attentionBias, .networkBias,
      .rows("intermediate_size", "blk.0.ffn_up.weight"),
    ] + graniteScales)

  /// The scales, where a model has them.
  static let graniteScales: [Entry] = [
    .number("attention_multiplier", "attention.scale"),
    .number("embedding_multiplier", "embedding_scale"),
    .number("residual_multiplier", "residual_scale"), .number("logits_scaling", "logit_scale"),
  ]
}

extension FamilyComputation {
  /// Granite behind an encoder of sound.
  static let graniteSpeech = FamilyComputation(
    "GraniteSpeechForConditionalGeneration", "GraniteSpeechPlusForConditionalGeneration",
    rules: graniteRules, sizes: decoderSizes, incidental: imageKeys,
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
