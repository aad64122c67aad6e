internal import WeighbridgeEncodings

extension Recipe {
  /// 4 bits, scale and offset for 32 weights.
  package static let q4_1 = Recipe(
    "Q4_1", fileType: 3,
    cost: RecipeCost(
      5.13, plain: Figures(0.00895, 0.0002, 92.3), weighed: Figures(0.0075, 0.0002, 93.0)),
    base: .q4_1)
}
