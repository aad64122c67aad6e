internal import WeighbridgeEncodings

extension Recipe {
  /// 2.1 bits; needs weights of importance.
  package static let iq2_XXS = Recipe(
    "IQ2_XXS", fileType: 19, cost: RecipeCost(2.39, weighed: Figures(0.159, 0.003, 70.3)),
    base: .iq2_XXS, output: .q5_K, embedding: .q2_K, kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: .q2_K, attentionOutput: nil)
  }
}
