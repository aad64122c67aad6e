internal import WeighbridgeEncodings

extension Recipe {
  /// 2 bits, one scale for 64 weights.
  package static let q2_0 = Recipe("Q2_0", fileType: 41, base: .q2_0, embedding: .q4_K)
}
