internal import WeighbridgeEncodings

extension Recipe {
  /// Single precision: no loss, for comparisons.
  package static let f32 = Recipe(
    "F32", fileType: 0, cost: RecipeCost(32.00, plain: Figures(0, 0, 100.0)), base: .f32,
    output: .f32, kind: .plain)
}
