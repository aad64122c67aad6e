internal import WeighbridgeEncodings

extension Recipe {
  /// 5 bits in super-blocks.
  package static let q5_K_S = Recipe("Q5_K_S", fileType: 16, base: .q5_K)
}
