internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Gemma 1 to 3.

extension FamilyComputation {
  static let gemma = FamilyComputation(
    "GemmaForCausalLM",
    rules: [
      // The released configurations say "gelu" and mean its approximation.
      .activation("hidden_act", "gelu_pytorch_tanh", aliases: ["gelu": "gelu_pytorch_tanh"]),
      .epsilon(otherwise: 1e-6), .rotary(RotaryRule(headWidth: head256)), .causal,
    ], sizes: decoderSizes, incidental: ["hidden_activation"],
    optionalTensors: projections(attention: "attention_bias"), tiesHead: true,
    readersTieHead: true)

  static let gemma2 = FamilyComputation(
    "Gemma2ForCausalLM",
    rules: gemmaRules + [
      .rotary(RotaryRule(headWidth: head256)), .queryScale,
      .cap("attn_logit_softcapping", otherwise: 50) { .scoreCap($0) },
      .cap("final_logit_softcapping", otherwise: 30) { .logitCap($0) },
      .windows(otherwise: 4096) { (_, layer) in layer % 2 == 0 },
    ], sizes: decoderSizes, incidental: ["hidden_act", "cache_implementation"],
    optionalTensors: projections(attention: "attention_bias"), tiesHead: true,
    readersTieHead: true)

  static let gemma3 = FamilyComputation(
    "Gemma3ForCausalLM", "Gemma3ForConditionalGeneration", "Gemma3TextModel",
    rules: gemmaRules + [
      .rotary(
        RotaryRule(
          base: 1_000_000, slidingBase: ("rope_local_base_freq", 10_000), headWidth: head256),
        reading: ["layer_types", "sliding_window_pattern"], slides: allButSixth), .queryScale,
      .cap("final_logit_softcapping", otherwise: nil) { .logitCap($0) }, .gemma3Windows,
    ], sizes: decoderSizes,
    incidental: [
      "hidden_act", "_sliding_window_pattern", "cache_implementation", "mm_tokens_per_image",
      "boi_token_index", "eoi_token_index", "image_token_index", "vision_config",
    ],
    optionalTensors: projections(attention: "attention_bias"), tiesHead: true)

  static let allButSixth: @Sendable (Configuration, Int) throws(ModelError) -> Bool = {
    (configuration, layer) throws(ModelError) in
    let period = try configuration.optionalCount("sliding_window_pattern") ?? 6
    return period == 0 || (layer + 1) % period != 0
  }

  private static let gemmaRules: [ComputationRule] = [
    .activation("hidden_activation", "gelu_pytorch_tanh"), .epsilon(otherwise: 1e-6), .causal,
  ]

  /// Heads of 256 elements where nothing is said.
  static let head256: @Sendable (Configuration) throws(ModelError) -> Int = {
    (configuration) throws(ModelError) in
    configuration.has("head_dim") ? try configuration.headWidth() : 256
  }
}

extension ComputationRule {
  /// Queries are divided by the root of a number that need not be the width of a head.
  fileprivate static let queryScale = ComputationRule("query_pre_attn_scalar") {
    (configuration) throws(ModelError) in
    let number = try configuration.optionalNumber("query_pre_attn_scalar") ?? 256
    guard number > 0 else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'query_pre_attn_scalar' is \(number): a number above 0 is expected")
    }
    return [
      .scoreScales(
        [Float](
          repeating: Float(1 / number.squareRoot()), count: try configuration.layerCount()))
    ]
  }

  /// A window in five of six layers; for an encoder it reaches half as far in both directions.
  fileprivate static let gemma3Windows = ComputationRule(
    "sliding_window", "layer_types", "sliding_window_pattern", "use_bidirectional_attention"
  ) { (configuration) throws(ModelError) in
    let isBidirectional = configuration["use_bidirectional_attention"]?.bool ?? false
    let window =
      isBidirectional
      ? try configuration.window(otherwise: 4096).map { $0 / 2 + 1 }
      : try configuration.reach(otherwise: 4096)
    var windows: [Int?] = []
    for layer in 0..<(try configuration.layerCount()) {
      windows.append(
        try configuration.slides(layer, FamilyComputation.allButSixth) ? window : nil)
    }
    return [.windows(windows)] + (isBidirectional ? [.causal(false)] : [])
  }
}
