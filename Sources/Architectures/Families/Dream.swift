internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Dream: Qwen 2's layers, which see both sides and fill in masked tokens.
  package static let dream = Architecture(
    name: "dream", configurationNames: ["DreamModel"], defaults: qwen2.defaults,
    hyperparameters: HyperparameterRule.common + [.bothSides, .maskToken],
    tensors: qwen2.tensors, vocabulary: .sentencePiece)

  /// RND1: the same of Qwen 3's experts.
  package static let rnd1 = Architecture(
    name: "rnd1", configurationNames: ["RND1"], defaults: qwen3MoE.defaults,
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count(
        "{arch}.expert_shared_feed_forward_length", "shared_expert_intermediate_size"),
      .bothSides, .maskToken,
    ],
    tensors: qwen3MoE.tensors, vocabulary: .bytePair)
}
