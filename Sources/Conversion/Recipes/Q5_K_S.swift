internal import WeighbridgeEncodings

extension Recipe {
  /// 5 bits in super-blocks.
  package static let q5_K_S = Recipe(
    "Q5_K_S", fileType: 16,
    cost: RecipeCost(
      5.59, plain: Figures(0.00203, 4e-05, 95.9), weighed: Figures(0.00194, 4e-05, 96.0)),
    base: .q5_K)
}
