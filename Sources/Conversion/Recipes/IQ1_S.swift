extension Recipe {
  /// 1.6 bits; needs weights of importance.
  package static let iq1_S = Recipe(
    "IQ1_S", fileType: 24, base: "IQ1_S", output: "Q5_K", embedding: "Q2_K", kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: "Q2_K", attentionOutput: "IQ2_XXS")
  }
}
