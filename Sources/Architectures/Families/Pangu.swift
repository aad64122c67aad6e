internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// openPangu Embedded: Llama's layers with biases.
  package static let panguEmbedded = Architecture(
    name: "pangu-embedded", configurationNames: ["PanguEmbeddedForCausalLM"],
    computations: [.panguEmbedded],
    hyperparameters: HyperparameterRule.common.without(
      "{arch}.attention.key_length", "{arch}.attention.value_length"
    )
    .inserting(headLengths(where: { $0.has("head_dim") }), before: "general.file_type")
      + [.vocabularySize, .ropeWidth] + headLengths(where: { !$0.has("head_dim") }),
    tensors: [
      .unused("lm_head.weight") { $0["tie_word_embeddings"]?.bool ?? false }
    ] + TensorRule.embeddings() + TensorRule.attention() + TensorRule.llamaNetwork,
    vocabulary: VocabularyKind(.sentencePiece, readsSpacePrefix: true),
    traits: DecoderTraits { $0.rotary = .halves })

  private static func headLengths(
    where holds: @escaping @Sendable (Configuration) -> Bool
  ) -> [HyperparameterRule] {
    ["key", "value"].map { kind in
      .count("{arch}.attention.\(kind)_length") { (configuration) throws(ModelError) in
        holds(configuration) ? try configuration.headWidth() : nil
      }
    }
  }
}

extension FamilyComputation {
  /// `modeling_openpangu_dense.py` beside the checkpoints.
  static let panguEmbedded = FamilyComputation(
    "PanguEmbeddedForCausalLM",
    rules: [.activation(), .epsilon(otherwise: 1e-5), .rotary(), .causal], sizes: decoderSizes,
    optionalTensors: projections(attention: "bias", otherwise: true, network: nil))
}
