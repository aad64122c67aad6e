internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Maincoder: Llama's layers with norms on the heads.
  package static let maincoder = Architecture(
    name: "maincoder", configurationNames: ["MaincoderForCausalLM"],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.rope.dimension_count", "head_dim")
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.llamaNetwork, vocabulary: .bytePair)
}
