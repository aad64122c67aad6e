internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Qwen 2 and 2.5.
  package static let qwen2 = Architecture(
    name: "qwen2",
    configurationNames: [
      "Qwen2ForCausalLM", "Qwen2Model", "KORMoForCausalLM", "DotsOCRForCausalLM",
      "Qwen2AudioForConditionalGeneration", "AudioFlamingo3ForConditionalGeneration",
    ], computations: [.qwen2, .qwen2Wrapped, .kormo],
    defaults: [
      ConfigurationDefault("num_key_value_heads", 32), ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 32_768), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common + [.poolingType],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward + [
        // KORMo's names.
        TensorRule.layer("pre_attention_layernorm.weight", "attn_norm.weight").readOnly,
        TensorRule.layer("pre_mlp_layernorm.weight", "ffn_norm.weight").readOnly,
      ],
    export: .qwen2, vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
    },
    quantization: QuantizationTraits { $0.isLarge = { layers, _ in layers == 80 } })
}

extension ConfigurationExport {
  /// Biases on query, key and value, always.
  static let qwen2 = ConfigurationExport("qwen2", "Qwen2ForCausalLM")
}

extension FamilyComputation {
  /// Qwen 2 as the text model of what hears or sees.
  static let qwen2Wrapped = FamilyComputation(
    "Qwen2AudioForConditionalGeneration", "AudioFlamingo3ForConditionalGeneration",
    "DotsOCRForCausalLM", rules: qwen2.rules, sizes: decoderSizes, incidental: imageKeys,
    optionalTensors: [.outputBias, .network(nil)])

  /// Qwen 2's layers without biases; its own code masks as its tokenizer's documents say.
  static let kormo = FamilyComputation(
    "KORMoForCausalLM", rules: [.activation(), .epsilon(otherwise: 1e-5), .rotary(), .causal],
    sizes: decoderSizes, incidental: ["mask_type"],
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
