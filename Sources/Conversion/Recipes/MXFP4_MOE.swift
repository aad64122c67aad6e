internal import WeighbridgeEncodings

extension Recipe {
  /// Microscaling 4-bit floats for experts, Q8_0 for all else.
  package static let mxfp4_MoE = Recipe(
    "MXFP4_MOE", fileType: 38, cost: RecipeCost(8.51, plain: Figures(5.7e-05, 1e-06, 99.3)),
    base: .mxfp4, output: .q8_0, kind: .experts)
}
