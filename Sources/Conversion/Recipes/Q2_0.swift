internal import WeighbridgeEncodings

extension Recipe {
  /// 2 bits, one scale for 64 weights.
  package static let q2_0 = Recipe(
    "Q2_0", fileType: 41, cost: RecipeCost(2.74, plain: Figures(0.615, 0.008, 42.9)), base: .q2_0,
    embedding: .q4_K)
}
