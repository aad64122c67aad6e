internal import WeighbridgeEncodings

extension Recipe {
  /// 3 bits in super-blocks.
  package static let q3_K_S = Recipe(
    "Q3_K_S", fileType: 11,
    cost: RecipeCost(
      3.68, plain: Figures(0.033, 0.0007, 85.7), weighed: Figures(0.0307, 0.0006, 85.9)),
    base: .q3_K
  ) { context in
    let isOutput = context.role == .attentionOutput && !context.isFalcon
    return isOutput && context.hasEightExperts ? .q5_K : nil
  }
}
