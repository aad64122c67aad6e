extension Recipe {
  /// 2.1 bits; needs weights of importance.
  package static let iq2_XXS = Recipe(
    "IQ2_XXS", fileType: 19, base: "IQ2_XXS", output: "Q5_K", embedding: "Q2_K", kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: "Q2_K", attentionOutput: nil)
  }
}
