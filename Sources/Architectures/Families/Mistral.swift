internal import WeighbridgeByteIO
internal import WeighbridgeJSON

extension Architecture {
  /// Mistral 7B and what follows it: Llama's tensors with other defaults.
  package static let mistral = llama.with(
    configurationNames: ["MistralForCausalLM"], computations: [.mistral],
    defaults: [
      .headWidth, ConfigurationDefault("num_key_value_heads", 8),
      ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 131_072), .ropeBase(10_000),
    ])
}
