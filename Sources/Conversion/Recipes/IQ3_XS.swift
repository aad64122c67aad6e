extension Recipe {
  /// 3.3 bits.
  package static let iq3_XS = Recipe("IQ3_XS", fileType: 22, base: "IQ3_S") { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: context.isGrouped ? "Q4_K" : nil
    case .query, .key: "IQ3_XXS"
    case .attentionOutput: !context.isFalcon && context.hasEightExperts ? "Q5_K" : nil
    case .up, .gate: context.isMiddle ? "IQ3_XXS" : nil
    case .embedding, .output, .down, .other: nil
    }
  }
}
