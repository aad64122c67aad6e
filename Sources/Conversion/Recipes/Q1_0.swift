internal import WeighbridgeEncodings

extension Recipe {
  /// Signs and one scale for 128 weights.
  package static let q1_0 = Recipe("Q1_0", fileType: 40, base: .q1_0)
}
