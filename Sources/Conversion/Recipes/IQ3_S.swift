extension Recipe {
  /// 3.4 bits.
  package static let iq3_S = Recipe("IQ3_S", fileType: 26, base: "IQ3_S") { context in
    if context.role.holdsValues { return context.isGrouped ? "Q4_K" : nil }
    let isOutput = context.role == .attentionOutput && !context.isFalcon
    return isOutput && context.hasEightExperts ? "Q5_K" : nil
  }
}
