internal import WeighbridgeEncodings

extension Recipe {
  /// Half precision.
  package static let f16 = Recipe(
    "F16", fileType: 1, cost: RecipeCost(16.01, plain: Figures(0, 0, 100.0)), base: .f16,
    output: .f16, kind: .plain)
}
