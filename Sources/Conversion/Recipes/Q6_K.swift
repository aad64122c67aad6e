internal import WeighbridgeEncodings

extension Recipe {
  /// 6 bits for all.
  package static let q6_K = Recipe("Q6_K", fileType: 18, base: .q6_K)
}
