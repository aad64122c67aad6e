internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// SmolLM 3: Llama with some layers that have no rotary embedding.
  package static let smolLM3 = llama.with(
    name: "smollm3", configurationNames: ["SmolLM3ForCausalLM"], computations: [.smolLM3],
    defaults: [
      ConfigurationDefault("num_key_value_heads", 4), ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 32_768), .ropeBase(2_000_000),
    ], export: .smolLM3,
    traits: DecoderTraits {
      $0.skipsRotaryEvery = 4
    })
}

extension ConfigurationExport {
  /// Every fourth layer does not rotate.
  static let smolLM3 = ConfigurationExport(
    "smollm3", "SmolLM3ForCausalLM",
    [.constant("no_rope_layer_interval", 4), .attentionBias, .networkBias])
}
