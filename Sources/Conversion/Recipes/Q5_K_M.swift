internal import WeighbridgeEncodings

extension Recipe {
  /// 5 bits in super-blocks; 6 for half of the values and of the second feed-forward matrices.
  package static let q5_K_M = Recipe(
    "Q5_K_M", aliases: ["Q5_K"], fileType: 17,
    cost: RecipeCost(
      5.73, plain: Figures(0.00194, 4e-05, 96.0), weighed: Figures(0.00188, 4e-05, 95.9)),
    base: .q5_K
  ) { context in
    if context.role.holdsValues { return context.valueGetsMoreBits ? .q6_K : nil }
    return context.role == .down && context.layerGetsMoreBits ? .q6_K : nil
  }
}
