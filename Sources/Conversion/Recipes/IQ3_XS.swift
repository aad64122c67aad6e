internal import WeighbridgeEncodings

extension Recipe {
  /// 3.3 bits.
  package static let iq3_XS = Recipe(
    "IQ3_XS", fileType: 22, cost: RecipeCost(3.52, weighed: Figures(0.0375, 0.001, 85.1)),
    base: .iq3_S
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: context.isGrouped ? .q4_K : nil
    case .query, .key: .iq3_XXS
    case .attentionOutput: !context.isFalcon && context.hasEightExperts ? .q5_K : nil
    case .up, .gate: context.isMiddle ? .iq3_XXS : nil
    case .embedding, .output, .down, .other: nil
    }
  }
}
