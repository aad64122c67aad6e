internal import WeighbridgeEncodings

extension Recipe {
  /// 2 bits in super-blocks; 3 or 4 for what matters most.
  package static let q2_K = Recipe(
    "Q2_K", fileType: 10,
    cost: RecipeCost(
      3.19, plain: Figures(0.107, 0.002, 75.3), weighed: Figures(0.103, 0.002, 76.1)), base: .q2_K
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: context.isGrouped ? .q4_K : .q3_K
    case .down: .q3_K
    case .attentionOutput where !context.isFalcon: context.hasEightExperts ? .q5_K : .q3_K
    case .embedding, .output, .query, .key, .attentionOutput, .up, .gate, .other: nil
    }
  }
}
