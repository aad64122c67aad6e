internal import WeighbridgeEncodings

extension Recipe {
  /// 3.4 bits; 4 for what matters most.
  package static let iq3_M = Recipe(
    "IQ3_M", fileType: 27,
    cost: RecipeCost(
      3.79, plain: Figures(0.0366, 0.0008, 83.7), weighed: Figures(0.0282, 0.0009, 86.1)),
    base: .iq3_S
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: return .q4_K
    case .down:
      let more = context.hasEightExperts && context.layerGetsMoreBits
      return context.isEarly || more ? .q4_K : nil
    case .attentionOutput where !context.isFalcon:
      return context.hasEightExperts ? .q5_K : .q4_K
    case .embedding, .output, .query, .key, .attentionOutput, .up, .gate, .other: return nil
    }
  }
}
