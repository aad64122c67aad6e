internal import WeighbridgeEncodings

extension Recipe {
  /// 5 bits, one scale for 32 weights.
  package static let q5_0 = Recipe("Q5_0", fileType: 8, base: .q5_0) { context in
    // The first layers can go astray when weights of importance steer a scale without offset.
    context.role == .down && context.hasImportance && context.isEarly ? .q5_1 : nil
  }
}
