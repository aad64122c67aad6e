internal import WeighbridgeEncodings

extension Recipe {
  /// 1.8 bits; needs weights of importance.
  package static let iq1_M = Recipe(
    "IQ1_M", fileType: 31, cost: RecipeCost(2.15, weighed: Figures(0.227, 0.004, 65.5)),
    base: .iq1_M, output: .q5_K, embedding: .q2_K, kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: .q2_K, attentionOutput: .iq2_XXS)
  }
}
