internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Maincoder: Llama's layers with norms on the heads.
  package static let maincoder = Architecture(
    name: "maincoder", configurationNames: ["MaincoderForCausalLM"], computations: [.maincoder],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.rope.dimension_count", "head_dim")
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.llamaNetwork, vocabulary: .bytePair)
}

extension FamilyComputation {
  /// `modeling_maincoder.py` beside the checkpoints.
  static let maincoder = FamilyComputation(
    "MaincoderForCausalLM", rules: [], sizes: describedKeys,
    incidental: ["intermediate_size_mlp", "use_qk_norm"],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "silu", "swish"), .fixed("partial_rotary_factor", 1),
    ], optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
