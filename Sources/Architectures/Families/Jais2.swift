extension Architecture {
  /// Jais 2: norms by mean and variance, a network without gates whose activation is squared.
  static let jais2 = Architecture(
    name: "jais2", configurationNames: ["Jais2ForCausalLM"],
    hyperparameters: HyperparameterRule.common + [.ropeWidth],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.llamaNetwork,
    vocabulary: .bytePair,
    quantization: QuantizationTraits {
      $0.isLarge = { layers, _ in layers == 68 }
    })
}
