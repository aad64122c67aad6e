internal import WeighbridgeEncodings

extension Recipe {
  /// Ternary weights, 2.1 bits: for models trained so.
  package static let tq2_0 = Recipe(
    "TQ2_0", fileType: 37, cost: RecipeCost(2.58, plain: Figures(0.982, 0.01, 31.0)), base: .tq2_0,
    embedding: .q4_K)
}
