internal import WeighbridgeEncodings

extension Recipe {
  /// 3 bits in super-blocks.
  package static let q3_K_S = Recipe("Q3_K_S", fileType: 11, base: .q3_K) { context in
    let isOutput = context.role == .attentionOutput && !context.isFalcon
    return isOutput && context.hasEightExperts ? .q5_K : nil
  }
}
