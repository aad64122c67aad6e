internal import WeighbridgeEncodings

extension Recipe {
  /// 5 bits, scale and offset for 32 weights.
  package static let q5_1 = Recipe(
    "Q5_1", fileType: 9,
    cost: RecipeCost(
      6.06, plain: Figures(0.00235, 5e-05, 95.5), weighed: Figures(0.00181, 3e-05, 95.9)),
    base: .q5_1)
}
