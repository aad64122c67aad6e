internal import WeighbridgeEncodings

extension Recipe {
  /// 2.5 bits; needs weights of importance.
  package static let iq2_S = Recipe(
    "IQ2_S", fileType: 28, cost: RecipeCost(2.76, weighed: Figures(0.0893, 0.002, 77.5)),
    base: .iq2_XS, output: .q5_K, embedding: .iq3_S, kind: .lowBit
  ) { context in
    LowBitRules.choose(context, strong: .iq3_S, attentionOutput: .iq3_S)
  }
}
