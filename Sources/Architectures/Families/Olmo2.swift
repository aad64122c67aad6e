internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// OLMo 2 and 3: norms behind both parts of a layer.
  package static let olmo2 = Architecture(
    name: "olmo2", configurationNames: ["Olmo2ForCausalLM", "Olmo3ForCausalLM"],
    computations: [.olmo2, .olmo3],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common + [
      .slidingWindow,
      HyperparameterRule("{arch}.attention.sliding_window_pattern") {
        (configuration) throws(ModelError) in
        guard configuration["sliding_window"] != nil else { return nil }
        if let types = configuration["layer_types"]?.array {
          return .array(.bool(types.map { $0.text == "sliding_attention" }))
        }
        return .array(.bool((0..<(try configuration.layerCount())).map { ($0 + 1) % 4 != 0 }))
      },
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.outerNorms() + TensorRule.gatedFeedForward,
    export: .olmo2, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      // OLMo 3 stretches the frequencies of layers that see everything.
      $0.windowed = .allBut(every: 4)
      $0.stretchesWindows = false
    })
}

extension ConfigurationExport {
  /// Version 3 has sliding attention.
  static let olmo2 = ConfigurationExport(
    { facts in
      facts.integer("attention.sliding_window") == nil
        ? .init("olmo2", "Olmo2ForCausalLM") : .init("olmo3", "Olmo3ForCausalLM")
    }, [.attentionBias, .layerTypes])
}
