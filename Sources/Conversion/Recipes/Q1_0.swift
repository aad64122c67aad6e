internal import WeighbridgeEncodings

extension Recipe {
  /// Signs and one scale for 128 weights.
  package static let q1_0 = Recipe(
    "Q1_0", fileType: 40, cost: RecipeCost(1.53, plain: Figures(0.974, 0.01, 32.1)), base: .q1_0)
}
