internal import WeighbridgeEncodings

extension Recipe {
  /// 4 bits through a table of values, in super-blocks.
  package static let iq4_XS = Recipe(
    "IQ4_XS", fileType: 30,
    cost: RecipeCost(
      4.43, plain: Figures(0.00862, 0.0002, 91.9), weighed: Figures(0.00857, 0.0002, 92.4)),
    base: .iq4_XS
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: context.isGrouped ? .q5_K : nil
    case .down: context.isEarly && !context.hasImportance ? .q5_K : nil
    case .attentionOutput: !context.isFalcon && context.hasEightExperts ? .q5_K : nil
    case .embedding, .output, .query, .key, .up, .gate, .other: nil
    }
  }
}
