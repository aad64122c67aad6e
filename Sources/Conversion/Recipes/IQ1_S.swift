internal import WeighbridgeEncodings

extension Recipe {
  /// 1.6 bits; needs weights of importance.
  package static let iq1_S = Recipe(
    "IQ1_S", fileType: 24, cost: RecipeCost(2.01, weighed: Figures(0.266, 0.004, 62.3)),
    base: .iq1_S, output: .q5_K, embedding: .q2_K, kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: .q2_K, attentionOutput: .iq2_XXS)
  }
}
