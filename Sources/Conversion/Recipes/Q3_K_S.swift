extension Recipe {
  /// 3 bits in super-blocks.
  package static let q3_K_S = Recipe("Q3_K_S", fileType: 11, base: "Q3_K") { context in
    let isOutput = context.role == .attentionOutput && !context.isFalcon
    return isOutput && context.hasEightExperts ? "Q5_K" : nil
  }
}
