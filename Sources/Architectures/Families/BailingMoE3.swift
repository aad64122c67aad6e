extension Architecture {
  /// Ling 3; quantized, not run.
  static let bailingMoE3 = Architecture(
    name: "bailingmoe3", runs: nil,
    quantization: QuantizationTraits {
      $0.expertsAreNetworks = true
    })
}
