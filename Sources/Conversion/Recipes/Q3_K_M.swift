internal import WeighbridgeEncodings

extension Recipe {
  /// 3 bits in super-blocks; 4 or 5 for what matters most.
  package static let q3_K_M = Recipe(
    "Q3_K_M", aliases: ["Q3_K"], fileType: 12,
    cost: RecipeCost(
      4.04, plain: Figures(0.0234, 0.0005, 87.4), weighed: Figures(0.0224, 0.0005, 88.2)),
    base: .q3_K
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue:
      return context.valueIndex < 2 ? .q5_K : .q4_K
    case .down:
      if context.layer < context.layerCount / 16 { return .q5_K }
      return !context.isFalcon || context.layerGetsMoreBits ? .q4_K : nil
    case .attentionOutput where !context.isFalcon:
      return context.hasEightExperts ? .q5_K : .q4_K
    case .embedding, .output, .query, .key, .attentionOutput, .up, .gate, .other: return nil
    }
  }
}
