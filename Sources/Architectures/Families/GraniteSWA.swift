internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Granite with windows in some layers and sinks for attention.
  package static let graniteSWA = Architecture(
    name: "granite_swa", configurationNames: ["GraniteSWAForCausalLM"], defaults: granite.defaults,
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
