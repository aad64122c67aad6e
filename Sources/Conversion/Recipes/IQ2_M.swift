internal import WeighbridgeEncodings

extension Recipe {
  /// 2.7 bits; needs weights of importance.
  package static let iq2_M = Recipe(
    "IQ2_M", fileType: 29, cost: RecipeCost(2.95, weighed: Figures(0.0658, 0.001, 79.0)),
    base: .iq2_S, output: .q5_K, embedding: .iq3_S, kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: .iq3_S, attentionOutput: .iq3_S)
  }
}
