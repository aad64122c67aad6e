internal import WeighbridgeEncodings

extension Recipe {
  /// 8 bits for all: hardly distinguishable from the original.
  package static let q8_0 = Recipe(
    "Q8_0", fileType: 7, cost: RecipeCost(8.51, plain: Figures(5.7e-05, 1e-06, 99.3)), base: .q8_0,
    output: .q8_0)
}
