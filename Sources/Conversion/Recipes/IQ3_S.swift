internal import WeighbridgeEncodings

extension Recipe {
  /// 3.4 bits.
  package static let iq3_S = Recipe(
    "IQ3_S", fileType: 26,
    cost: RecipeCost(
      3.68, plain: Figures(0.0375, 0.0009, 83.4), weighed: Figures(0.0285, 0.001, 86.4)),
    base: .iq3_S
  ) { context in
    if context.role.holdsValues { return context.isGrouped ? .q4_K : nil }
    let isOutput = context.role == .attentionOutput && !context.isFalcon
    return isOutput && context.hasEightExperts ? .q5_K : nil
  }
}
