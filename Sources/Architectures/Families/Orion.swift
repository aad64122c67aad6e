internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Orion: Llama's layers with norms by mean and variance, whose epsilon has the other norm's name.
  package static let orion = Architecture(
    name: "orion", configurationNames: ["OrionForCausalLM"], computations: [.orion],
    hyperparameters: [
      .fileType, .originalLayout,
      .count(
        "{arch}.context_length", "max_sequence_length", "max_position_embeddings",
        "model_max_length"),
      .embeddingLength, .blockCount, .count("{arch}.feed_forward_length", "intermediate_size"),
      .headCount, .keyValueHeadCount,
      .number("{arch}.attention.layer_norm_epsilon", "rms_norm_eps"),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.llamaNetwork,
    vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
    })
}

extension FamilyComputation {
  /// `modeling_orion.py` beside the checkpoints, whose ε bears the other norm's name.
  static let orion = FamilyComputation(
    "OrionForCausalLM", rules: [.activation(), .epsilon(otherwise: 1e-5), .rotary(), .causal],
    sizes: decoderSizes.union(["max_sequence_length", "model_max_length"]),
    optionalTensors: projections(attention: "attention_bias"))
}
