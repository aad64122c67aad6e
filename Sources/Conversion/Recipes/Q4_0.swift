internal import WeighbridgeEncodings

extension Recipe {
  /// 4 bits, one scale for 32 weights: the fastest.
  package static let q4_0 = Recipe(
    "Q4_0", fileType: 2,
    cost: RecipeCost(
      4.66, plain: Figures(0.0117, 0.0003, 91.2), weighed: Figures(0.0106, 0.0003, 91.5)),
    base: .q4_0
  ) { context in
    // The first layers can go astray when weights of importance steer a scale without offset.
    context.role == .down && context.hasImportance && context.isEarly ? .q4_1 : nil
  }
}
