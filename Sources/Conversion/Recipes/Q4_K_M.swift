internal import WeighbridgeEncodings

extension Recipe {
  /// 4 bits in super-blocks; 6 for half of the values and of the second feed-forward matrices.
  package static let q4_K_M = Recipe(
    "Q4_K_M", aliases: ["Q4_K"], fileType: 15,
    cost: RecipeCost(
      4.92, plain: Figures(0.00746, 0.0002, 93.1), weighed: Figures(0.00707, 0.0002, 93.5)),
    base: .q4_K
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue:
      return context.valueGetsMoreBits ? .q6_K : nil
    case .down where context.isFalcon:
      if context.layer < context.layerCount / 16 { return .q6_K }
      return context.layerGetsMoreBits ? .q5_K : nil
    case .down: return context.layerGetsMoreBits ? .q6_K : nil
    case .attentionOutput: return !context.isFalcon && context.hasEightExperts ? .q5_K : nil
    case .embedding, .output, .query, .key, .up, .gate, .other: return nil
    }
  }
}
