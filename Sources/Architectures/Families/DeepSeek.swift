internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// The first DeepSeek with experts: Llama's attention.
  package static let deepSeek = Architecture(
    name: "deepseek", configurationNames: ["DeepseekForCausalLM"], computations: [.deepSeek],
    defaults: [.keyValueHeads],
    hyperparameters: HyperparameterRule.common + [
      .ropeWidth, .noRopeScaling,
      .count("{arch}.leading_dense_block_count", "first_k_dense_replace"), .vocabularySize,
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .constant("{arch}.expert_weights_scale", .float32(1)),
      .count("{arch}.expert_shared_count", "n_shared_experts"),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.llamaNetwork + TensorRule.experts + TensorRule.sharedExperts,
    vocabulary: .sentencePiece,
    traits: DecoderTraits { $0.normalizesExperts = false })
}

extension FamilyComputation {
  /// `modeling_deepseek.py` beside the checkpoints.
  static let deepSeek = FamilyComputation(
    "DeepseekForCausalLM",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal,
      .namedExperts, .flag("norm_topk_prob", otherwise: false) { .normalizedExperts($0) },
    ],
    sizes: decoderSizes.union([
      "moe_intermediate_size", "n_routed_experts", "n_shared_experts", "first_k_dense_replace",
    ]),
    refusals: [.fixed("scoring_func", "softmax"), .fixed("moe_layer_freq", 1)],
    optionalTensors: projections(attention: "attention_bias"))
}
