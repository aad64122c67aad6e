internal import WeighbridgeEncodings

extension Recipe {
  /// 2.3 bits; needs weights of importance.
  package static let iq2_XS = Recipe(
    "IQ2_XS", fileType: 20, cost: RecipeCost(2.59, weighed: Figures(0.128, 0.002, 73.0)),
    base: .iq2_XS, output: .q5_K, embedding: .q2_K, kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: .q2_K, attentionOutput: nil)
  }
}
