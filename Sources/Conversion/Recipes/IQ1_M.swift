extension Recipe {
  /// 1.8 bits; needs weights of importance.
  package static let iq1_M = Recipe(
    "IQ1_M", fileType: 31, base: "IQ1_M", output: "Q5_K", embedding: "Q2_K", kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: "Q2_K", attentionOutput: "IQ2_XXS")
  }
}
