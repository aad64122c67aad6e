internal import WeighbridgeEncodings

extension Recipe {
  /// 5 bits, one scale for 32 weights.
  package static let q5_0 = Recipe(
    "Q5_0", fileType: 8,
    cost: RecipeCost(
      5.59, plain: Figures(0.00279, 6e-05, 95.6), weighed: Figures(0.00262, 6e-05, 95.8)),
    base: .q5_0
  ) { context in
    // The first layers can go astray when weights of importance steer a scale without offset.
    context.role == .down && context.hasImportance && context.isEarly ? .q5_1 : nil
  }
}
