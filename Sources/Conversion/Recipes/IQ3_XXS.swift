extension Recipe {
  /// 3.1 bits; needs weights of importance.
  package static let iq3_XXS = Recipe(
    "IQ3_XXS", fileType: 23, base: "IQ3_XXS", output: "Q5_K", embedding: "IQ3_S"
  ) { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue:
      if context.isGrouped { return "Q4_K" }
      return context.hasImportance ? nil : "IQ3_S"
    case .query, .key: return "IQ2_S"
    case .down:
      if context.hasImportance { return nil }
      return context.isEarly ? "Q4_K" : "Q3_K"
    case .attentionOutput where !context.isFalcon:
      return context.hasEightExperts ? "Q5_K" : "IQ3_S"
    case .embedding, .output, .attentionOutput, .up, .gate, .other: return nil
    }
  }
}
