internal import WeighbridgeEncodings

extension Recipe {
  /// 4 bits through a table of values, 32 weights a block.
  package static let iq4_NL = Recipe(
    "IQ4_NL", fileType: 25,
    cost: RecipeCost(
      4.66, plain: Figures(0.00844, 0.0002, 92.3), weighed: Figures(0.00834, 0.0002, 92.7)),
    base: .iq4_NL
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: context.isGrouped ? .q5_K : nil
    case .down: context.isEarly && !context.hasImportance ? .q5_K : nil
    case .attentionOutput: !context.isFalcon && context.hasEightExperts ? .q5_K : nil
    case .embedding, .output, .query, .key, .up, .gate, .other: nil
    }
  }
}
