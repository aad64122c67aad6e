internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Granite with windows in some layers and sinks for attention.
  package static let graniteSWA = Architecture(
    name: "granite_swa", configurationNames: ["GraniteSWAForCausalLM"], computations: [.graniteSWA],
    defaults: granite.defaults,
    hyperparameters: granite.hyperparameters + [
      .count("{arch}.attention.sliding_window") { (configuration) throws(ModelError) in
        try configuration.optionalCount("sliding_window") ?? 128
      },
      HyperparameterRule("{arch}.attention.sliding_window_pattern") {
        (configuration) throws(ModelError) in
        if let types = configuration["layer_types"]?.array, !types.isEmpty {
          return .array(.bool(types.map { $0.text == "sliding_attention" }))
        }
        return .array(.bool((0..<(try configuration.layerCount())).map { $0 % 4 != 0 }))
      },
      HyperparameterRule("{arch}.attention.rope_pattern") { configuration in
        guard let layers = configuration["no_rope_layers"]?.array, !layers.isEmpty else {
          return nil
        }
        return .array(.bool(layers.map { $0.bool ?? ($0.integer != 0) }))
      },
    ],
    tensors: granite.tensors + [
      .layer("self_attn.sinks", "attn_sinks.weight")
    ], generated: granite.generated, closing: granite.closing, vocabulary: granite.vocabulary)
}

extension FamilyComputation {
  /// As `GraniteSWAForCausalLM` of transformers; llama.cpp's graph has one activation and one base.
  static let graniteSWA = FamilyComputation(
    "GraniteSWAForCausalLM", rules: [], sizes: graniteSWAKeys, refusals: graniteSWARefusals,
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))

  /// Where both read their metadata from.
  static let graniteSWAKeys = describedKeys.union([
    "attention_multiplier", "embedding_multiplier", "logits_scaling", "residual_multiplier",
    "sliding_window", "layer_types", "no_rope_layers", "is_causal",
  ])

  /// What neither can say in GGUF.
  static let graniteSWARefusals: [KeyRefusal] =
    KeyRefusal.ropeKinds("linear", "yarn", "llama3") + [
      .fixed("hidden_act", "silu", "swish"),
      KeyRefusal(key: "layer_rope_theta") { value in
        let bases = value.array ?? []
        return bases.allSatisfy { $0 == bases[0] } ? nil : "rotation that differs between layers"
      },
    ]
}
