internal import WeighbridgeEncodings

extension Recipe {
  /// 3.1 bits; needs weights of importance.
  package static let iq3_XXS = Recipe(
    "IQ3_XXS", fileType: 23, cost: RecipeCost(3.25, weighed: Figures(0.0485, 0.001, 83.1)),
    base: .iq3_XXS, output: .q5_K, embedding: .iq3_S
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue:
      if context.isGrouped { return .q4_K }
      return context.hasImportance ? nil : .iq3_S
    case .query, .key: return .iq2_S
    case .down:
      if context.hasImportance { return nil }
      return context.isEarly ? .q4_K : .q3_K
    case .attentionOutput where !context.isFalcon:
      return context.hasEightExperts ? .q5_K : .iq3_S
    case .embedding, .output, .attentionOutput, .up, .gate, .other: return nil
    }
  }
}
