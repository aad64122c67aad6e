internal import WeighbridgeEncodings

/// What all recipes below three bits share.
enum LowBitRules {
  /// `strong` is for values and for the second feed-forward matrices of the first layers.
  static func choose(
    _ context: RecipeContext, strong: Encoding, attentionOutput: Encoding?
  ) -> Encoding? {
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue:
      context.isGrouped || context.expertCount >= 4 ? .q4_K : strong
    case .key: context.hasEightExperts ? .q4_K : nil
    case .down: context.isEarly ? strong : nil
    case .attentionOutput: context.hasEightExperts ? .q5_K : attentionOutput
    case .embedding, .output, .query, .up, .gate, .other: nil
    }
  }
}
