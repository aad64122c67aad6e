internal import WeighbridgeByteIO
internal import WeighbridgeJSON

extension Architecture {
  /// Mixtral: Llama with eight experts; its heads' width is left to whoever reads the file.
  package static let mixtral = llama.with(
    configurationNames: ["MixtralForCausalLM"], computations: [.mixtral],
    defaults: [
      ConfigurationDefault("num_experts_per_tok", 2),
      ConfigurationDefault("num_key_value_heads", 8), ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 131_072), .ropeBase(1_000_000),
      ConfigurationDefault("num_local_experts", 8), ConfigurationDefault("num_experts_per_tok", 2),
    ], export: .mixtral)
}

extension ConfigurationExport {
  /// Llama's tensors with experts.
  static let mixtral = ConfigurationExport(
    { $0.integer("expert_count") ?? 0 > 0 ? .init("mixtral", "MixtralForCausalLM") : nil })
}
