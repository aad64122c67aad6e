internal import WeighbridgeEncodings

extension Recipe {
  /// 5 bits, scale and offset for 32 weights.
  package static let q5_1 = Recipe("Q5_1", fileType: 9, base: .q5_1)
}
