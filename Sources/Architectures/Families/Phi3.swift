internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Architecture {
  /// Phi 3, 3.5 and 4: fused projections, and factors for long contexts.
  package static let phi3 = Architecture(
    name: "phi3", configurationNames: ["Phi3ForCausalLM", "Phi4ForCausalLMV"],
    computations: [.phi3, .phi4V],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 4096),
      ConfigurationDefault("original_max_position_embeddings") {
        $0.rope["original_max_position_embeddings"] ?? 4096
      }, .ropeBase(10_000),
    ],
    hyperparameters: [
      attentionFactor, .count("{arch}.context_length", "n_positions", "max_position_embeddings"),
      .count("{arch}.rope.scaling.original_context_length") { (configuration) throws(ModelError) in
        let key: ByteString = "original_max_position_embeddings"
        return try configuration.rope[key].map { (value) throws(ModelError) in
          try Configuration.count(value, [key])
        }
      }, .embeddingLength, .count("{arch}.feed_forward_length", "intermediate_size"), .blockCount,
      .headCount, .keyValueHeadCount,
      .number("{arch}.attention.layer_norm_rms_epsilon", "rms_norm_eps"), .ropeWidthOfAllHeads,
    ] + HyperparameterRule.ropeBases.prefix(1) + [
      .fileType,
      .count("{arch}.attention.sliding_window") { (configuration) throws(ModelError) in
        try configuration.optionalCount("sliding_window") ?? 0
      },
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + [
        .layer("self_attn.qkv_proj.weight", "attn_qkv.weight"),
        .layer("mlp.gate_up_proj.weight", "ffn_up.weight"),
        .layer("mlp.down_proj.weight", "ffn_down.weight"),
      ],
    generated: [
      .longContextFactors("rope_factors_long.weight", "long_factor"),
      .longContextFactors("rope_factors_short.weight", "short_factor"),
    ],
    export: .phi3, vocabulary: VocabularyKind(.sentencePieceLiteral),
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.windowed = .all
    })

  /// How much attention is scaled in models with factors for long contexts.
  private static let attentionFactor = HyperparameterRule.number("{arch}.rope.scaling.attn_factor")
  {
    (configuration) throws(ModelError) in
    guard configuration.rope["long_factor"] != nil else { return nil }
    let context = try configuration.count("n_positions", "max_position_embeddings")
    let key: ByteString = "original_max_position_embeddings"
    guard let original = try Configuration.number(configuration.rope[key], [key]), original > 1
    else { return nil }
    let scale = Double(context) / original
    guard scale > 1 else { return 1 }
    switch configuration.rope["rope_type"]?.text?.lowercased() {
    case "su", "longrope": return (1 + log(scale) / log(original)).squareRoot()
    case "yarn": return 0.1 * log(scale) + 1
    case let type:
      throw ModelError(
        .invalidMetadata, "config.json", "the rope type '\(type ?? "")' is not known for Phi 3")
    }
  }
}

extension GeneratedTensor {
  /// Factors of the rotary embedding's frequencies, as `config.json` lists them.
  static func longContextFactors(_ name: String, _ key: ByteString) -> GeneratedTensor {
    GeneratedTensor(name) { (configuration) throws(ModelError) in
      guard let values = configuration.rope[key]?.array, !values.isEmpty else { return nil }
      var factors: [Float] = []
      for value in values {
        factors.append(Float(try Configuration.number(value, [key]) ?? 0))
      }
      return factors
    }
  }
}

extension ConfigurationExport {
  /// Fused projections; the length before stretching stands apart from the factors.
  static let phi3 = ConfigurationExport(
    "phi3", "Phi3ForCausalLM",
    [
      .partialRotary, .optionalInteger("sliding_window", "attention.sliding_window"),
      .integer("original_max_position_embeddings", "rope.scaling.original_context_length"),
    ])
}

extension FamilyComputation {
  /// Phi 4 as the text model of what sees.
  static let phi4V = FamilyComputation(
    "Phi4ForCausalLMV", rules: phi3.rules, sizes: phi3.sizes,
    incidental: phi3.incidental.union(imageKeys))
}
