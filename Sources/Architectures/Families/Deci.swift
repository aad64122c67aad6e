extension Architecture {
  /// Nemotron of Deci: Llama with layers of different widths; quantized, not run.
  static let deci = Architecture(
    name: "deci", runs: nil,
    quantization: QuantizationTraits {
      $0.isLarge = { layers, _ in layers == 80 }
    })
}
