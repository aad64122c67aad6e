internal import WeighbridgeEncodings

extension Recipe {
  /// 3 bits in super-blocks; 5 for what matters most.
  package static let q3_K_L = Recipe(
    "Q3_K_L", fileType: 13,
    cost: RecipeCost(
      4.34, plain: Figures(0.022, 0.0005, 87.8), weighed: Figures(0.021, 0.0005, 88.9)), base: .q3_K
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: .q5_K
    case .down: context.isFalcon ? .q4_K : .q5_K
    case .attentionOutput where context.isFalcon: .q4_K
    case .attentionOutput: context.hasEightExperts ? nil : .q5_K
    case .embedding, .output, .query, .key, .up, .gate, .other: nil
    }
  }
}
