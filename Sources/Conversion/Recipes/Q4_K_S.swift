internal import WeighbridgeEncodings

extension Recipe {
  /// 4 bits in super-blocks; 5 for a few that matter most.
  package static let q4_K_S = Recipe(
    "Q4_K_S", fileType: 14,
    cost: RecipeCost(
      4.70, plain: Figures(0.00738, 0.0002, 93.3), weighed: Figures(0.00706, 0.0002, 93.5)),
    base: .q4_K
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: context.valueIndex < 4 ? .q5_K : nil
    case .down: !context.isFalcon && context.isEarly ? .q5_K : nil
    case .attentionOutput: !context.isFalcon && context.hasEightExperts ? .q5_K : nil
    case .embedding, .output, .query, .key, .up, .gate, .other: nil
    }
  }
}
