extension Recipe {
  /// 3 bits in super-blocks; 5 for what matters most.
  package static let q3_K_L = Recipe("Q3_K_L", fileType: 13, base: "Q3_K") { context in
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue: "Q5_K"
    case .down: context.isFalcon ? "Q4_K" : "Q5_K"
    case .attentionOutput where context.isFalcon: "Q4_K"
    case .attentionOutput: context.hasEightExperts ? nil : "Q5_K"
    case .embedding, .output, .query, .key, .up, .gate, .other: nil
    }
  }
}
