internal import WeighbridgeEncodings

extension Recipe {
  /// Ternary weights, 1.7 bits: for models trained so.
  package static let tq1_0 = Recipe(
    "TQ1_0", fileType: 36, cost: RecipeCost(2.26, plain: Figures(0.982, 0.01, 31.0)), base: .tq1_0,
    embedding: .q4_K)
}
