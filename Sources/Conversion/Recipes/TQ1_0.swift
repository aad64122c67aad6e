internal import WeighbridgeEncodings

extension Recipe {
  /// Ternary weights, 1.7 bits: for models trained so.
  package static let tq1_0 = Recipe("TQ1_0", fileType: 36, base: .tq1_0, embedding: .q4_K)
}
