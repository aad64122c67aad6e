internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// XVERSE: Llama's layers.
  package static let xverse = Architecture(
    name: "xverse", configurationNames: ["XverseForCausalLM"],
    hyperparameters: HyperparameterRule.common + [.originalLayout, .sharedRopeWidth],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.llamaNetwork, vocabulary: .sentencePiece, traits: DecoderTraits())
}
