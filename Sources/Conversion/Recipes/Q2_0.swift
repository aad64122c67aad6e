extension Recipe {
  /// 2 bits, one scale for 64 weights.
  package static let q2_0 = Recipe("Q2_0", fileType: 41, base: "Q2_0", embedding: "Q4_K")
}
