internal import WeighbridgeEncodings

extension Recipe {
  /// Brain floating point: the range of single precision, 8 bits of mantissa.
  package static let bf16 = Recipe(
    "BF16", fileType: 32, cost: RecipeCost(16.01, plain: Figures(0, 0, 100.0)), base: .bf16,
    output: .bf16, kind: .plain)
}
