internal import WeighbridgeEncodings

extension Recipe {
  /// 4 bits, scale and offset for 32 weights.
  package static let q4_1 = Recipe("Q4_1", fileType: 3, base: .q4_1)
}
