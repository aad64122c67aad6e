internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Qwen 3: norms on the heads instead of biases.
  package static let qwen3 = Architecture(
    name: "qwen3",
    configurationNames: ["Qwen3ForCausalLM", "Qwen3Model", "StepVLForConditionalGeneration"],
    computations: [.qwen3, .stepVL],
    defaults: [
      ConfigurationDefault("head_dim", 128), ConfigurationDefault("num_key_value_heads", 32),
      ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 32_768), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common + [.poolingType],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward,
    export: .qwen3, vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
    },
    names: TensorNames {
      $0.leftOut.append(.init(kind: "of the projector", prefixes: ["vit_large_projector."]))
    })
}

extension ConfigurationExport {
  /// Norms on the heads.
  static let qwen3 = ConfigurationExport("qwen3", "Qwen3ForCausalLM", [.attentionBias])
}

extension FamilyComputation {
  /// Qwen 3 as the text model of Step 3 VL.
  static let stepVL = FamilyComputation(
    "StepVLForConditionalGeneration", rules: qwen3.rules, sizes: decoderSizes,
    incidental: imageKeys, optionalTensors: projections(attention: "attention_bias"))
}
