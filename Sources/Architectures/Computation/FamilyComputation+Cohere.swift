internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

// Command R and Command R 7B.

extension FamilyComputation {
  static let commandR = FamilyComputation(
    "CohereForCausalLM",
    rules: cohereRules + [.rotary(RotaryRule(base: 500_000))],
    sizes: decoderSizes.union(["model_max_length"]),
    optionalTensors: projections(attention: "attention_bias") + [
      OptionalTensors(
        "use_qk_norm", in: "model.layers.{n}.self_attn.", ["q_norm.weight", "k_norm.weight"])
    ], tiesHead: true, readersTieHead: true)

  static let cohere2 = FamilyComputation(
    "Cohere2ForCausalLM",
    rules: cohereRules + [
      .rotary(
        RotaryRule(headWidth: shareOfWidth),
        reading: ["layer_types", "sliding_window", "sliding_window_pattern"],
        turns: { (configuration, layer) throws(ModelError) in
          guard try configuration.window(otherwise: 4096) != nil else { return false }
          return try configuration.slides(layer, everyFourth)
        }),
      .windows(otherwise: 4096, reading: ["sliding_window_pattern"], slides: everyFourth),
    ], sizes: decoderSizes.union(["rotary_pct"]),
    incidental: [
      "_sliding_window_pattern", "order_of_interleaved_layers", "position_embedding_type",
      "cache_implementation", "use_embedding_sharing", "use_gated_activation",
      "use_parallel_block", "use_parallel_embedding", "use_qk_norm",
    ],
    optionalTensors: projections(attention: "attention_bias"), tiesHead: true,
    readersTieHead: true)

  private static let cohereRules: [ComputationRule] = [
    .activation(), .epsilon("layer_norm_eps", 1e-5), .causal,
    .number("logit_scale", 0.0625) { .logitScale($0) },
  ]

  private static let everyFourth: @Sendable (Configuration, Int) throws(ModelError) -> Bool = {
    (configuration, layer) throws(ModelError) in
    let period = try configuration.optionalCount("sliding_window_pattern") ?? 4
    return period == 0 || (layer + 1) % period != 0
  }

  /// The width shared out among the heads, whatever `head_dim` says.
  static let shareOfWidth: @Sendable (Configuration) throws(ModelError) -> Int = {
    (configuration) throws(ModelError) in
    try configuration.width() / configuration.headCount()
  }
}
