internal import WeighbridgeEncodings

/// What all recipes below three bits share (the branch of `LLAMA_FTYPE_MOSTLY_IQ2_*` and `IQ1_*` in
/// `llama_tensor_get_type_impl`, which no later rule changes).
enum LowBitRules {
  /// `strong` is for values and for the second feed-forward matrices of the first layers.
  static func choose(
    _ context: RecipeContext, strong: Encoding, attentionOutput: Encoding?
  ) -> Encoding? {
    switch context.role {
    case .value, .fusedQueryKeyValue, .latentKeyValue:
      context.isGrouped || context.expertCount >= 4 ? .q4_K : strong
    case .key: context.hasEightExperts ? .q4_K : nil
    case .down: context.isEarly ? strong : nil
    case .attentionOutput: context.hasEightExperts ? .q5_K : attentionOutput
    case .embedding, .output, .query, .up, .gate, .other: nil
    }
  }
}
