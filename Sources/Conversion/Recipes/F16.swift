internal import WeighbridgeEncodings

extension Recipe {
  /// Half precision.
  package static let f16 = Recipe(
    "F16", fileType: 1, base: .f16, output: .f16, kind: .plain)
}
