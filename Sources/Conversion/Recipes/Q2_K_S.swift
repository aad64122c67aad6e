internal import WeighbridgeEncodings

extension Recipe {
  /// 2 bits in super-blocks; needs weights of importance.
  package static let q2_K_S = Recipe(
    "Q2_K_S", fileType: 21, cost: RecipeCost(2.92, weighed: Figures(0.123, 0.002, 74.1)),
    base: .q2_K, demanding: [.q2_K]
  ) {
    context in
    if context.role.holdsValues { return context.isGrouped ? .q4_K : nil }
    return context.role == .down && context.isEarly ? .q4_K : nil
  }
}
