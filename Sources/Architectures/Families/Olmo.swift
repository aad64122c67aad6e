extension Architecture {
  /// OLMo 1; quantized, not run.
  static let olmo = Architecture(
    name: "olmo", runs: nil,
    quantization: QuantizationTraits {
      $0.isLarge = { layers, _ in layers == 80 }
    })
}
