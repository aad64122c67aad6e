internal import WeighbridgeEncodings

extension Recipe {
  /// 6 bits for all.
  package static let q6_K = Recipe(
    "Q6_K", fileType: 18,
    cost: RecipeCost(
      6.58, plain: Figures(0.00059, 1e-05, 97.6), weighed: Figures(0.00055, 1e-05, 97.8)),
    base: .q6_K)
}
