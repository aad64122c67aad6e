extension Architecture {
  /// Jais 2; quantized, not run.
  static let jais2 = Architecture(
    name: "jais2", runs: nil,
    quantization: QuantizationTraits {
      $0.isLarge = { layers, _ in layers == 68 }
    })
}
