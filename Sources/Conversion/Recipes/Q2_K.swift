extension Recipe {
  /// 2 bits in super-blocks; 3 or 4 for what matters most.
  package static let q2_K = Recipe("Q2_K", fileType: 10, base: "Q2_K") { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: context.isGrouped ? "Q4_K" : "Q3_K"
    case .down: "Q3_K"
    case .attentionOutput where !context.isFalcon: context.hasEightExperts ? "Q5_K" : "Q3_K"
    case .embedding, .output, .query, .key, .attentionOutput, .up, .gate, .other: nil
    }
  }
}
