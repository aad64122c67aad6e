internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// XVERSE: Llama's layers.
  package static let xverse = Architecture(
    name: "xverse", configurationNames: ["XverseForCausalLM"], computations: [.xverse],
    hyperparameters: HyperparameterRule.common + [.originalLayout, .sharedRopeWidth],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.llamaNetwork, vocabulary: .sentencePiece, traits: DecoderTraits())
}

extension FamilyComputation {
  /// `modeling_xverse.py` beside the checkpoints.
  static let xverse = FamilyComputation(
    "XverseForCausalLM", rules: [.activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal],
    sizes: decoderSizes, incidental: ["max_tokenizer_truncation"],
    optionalTensors: projections(attention: nil))
}
