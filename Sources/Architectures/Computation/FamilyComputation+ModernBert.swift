internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

// ModernBERT.

extension FamilyComputation {
  static let modernBert = FamilyComputation(
    "ModernBertModel", "ModernBertForMaskedLM",
    rules: [
      .activation("hidden_activation", "gelu"), .epsilon("norm_eps", 1e-5),
      .always(.causal(false)),
      .rotary(
        RotaryRule(
          base: 160_000, baseKeys: ["global_rope_theta"],
          slidingBase: ("local_rope_theta", 10_000), scalesSliding: true),
        reading: ["layer_types", "global_attn_every_n_layers"], slides: allButFirstOfThree),
      // A token sees half of the window to each side, and itself (`ModernBertAttention`).
      ComputationRule(
        "local_attention", "sliding_window", "layer_types", "global_attn_every_n_layers"
      ) {
        (configuration) throws(ModelError) in
        // `sliding_window` is half of it, and sets it.
        let half = try configuration.optionalCount("sliding_window")
        let whole = try configuration.optionalCount("local_attention") ?? 128
        var windows: [Int?] = []
        for layer in 0..<(try configuration.layerCount()) {
          windows.append(
            try configuration.slides(layer, allButFirstOfThree) ? (half ?? whole / 2) + 1 : nil)
        }
        return [.windows(windows)]
      },
    ], sizes: decoderSizes,
    incidental: [
      "classifier_pooling", "classifier_bias", "classifier_activation", "decoder_bias",
      "sparse_prediction", "sparse_pred_ignore_index", "deterministic_flash_attn",
      "reference_compile", "repad_logits_with_grad", "initializer_cutoff_factor",
      "layer_norm_eps", "position_embedding_type",
    ],
    optionalTensors: ["model.", ""].flatMap { modernTensors($0) }, tiesHead: true)

  private static let allButFirstOfThree: @Sendable (Configuration, Int) throws(ModelError) -> Bool =
    {
      (configuration, layer) throws(ModelError) in
      let period = try configuration.optionalCount("global_attn_every_n_layers") ?? 3
      return period > 0 && layer % period != 0
    }

  private static func modernTensors(_ prefix: String) -> [OptionalTensors] {
    [
      OptionalTensors(
        "attention_bias", in: prefix + "layers.{n}.attn.", ["Wqkv.bias", "Wo.bias"]),
      OptionalTensors("mlp_bias", in: prefix + "layers.{n}.mlp.", ["Wi.bias", "Wo.bias"]),
      OptionalTensors(
        "norm_bias", in: prefix + "layers.{n}.", ["attn_norm.bias", "mlp_norm.bias"]),
      OptionalTensors("norm_bias", in: prefix, ["embeddings.norm.bias", "final_norm.bias"]),
    ]
  }
}
