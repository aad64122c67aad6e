internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Gemma 2: norms around both parts of a layer, soft caps, sliding attention in every second layer.
  package static let gemma2 = Architecture(
    name: "gemma2", configurationNames: ["Gemma2ForCausalLM"], computations: [.gemma2],
    defaults: [
      ConfigurationDefault("head_dim", 256), ConfigurationDefault("num_key_value_heads", 4),
      ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 8192),
      ConfigurationDefault("attn_logit_softcapping", 50.0),
      ConfigurationDefault("final_logit_softcapping", 30.0),
      ConfigurationDefault("sliding_window", 4096),
    ],
    hyperparameters: gemmaSizes + [
      .number("{arch}.attn_logit_softcapping", "attn_logit_softcapping"),
      .number("{arch}.final_logit_softcapping", "final_logit_softcapping"), .slidingWindow,
    ],
    tensors: [.tiedOutput] + TensorRule.embeddings(norm: .add(1))
      + TensorRule.attention() + TensorRule.attentionNorm(.add(1)) + TensorRule.outerNorms(.add(1))
      + [.layer("pre_feedforward_layernorm.weight", "ffn_norm.weight", .add(1))]
      + TensorRule.gatedFeedForward,
    closing: [noSpacePrefix], export: .gemma2, vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.activation = .geluTanh
      $0.scalesEmbedding = true
      // 27B divides by the root of a head's share of the width (gemma2.cpp).
      $0.scoreScale = DecoderTraits.sharedWidthScale(layers: 46)
      $0.windowed = .allBut(every: 2)
    })
}

extension ConfigurationExport {
  /// Queries are scaled by the width of a head, in the largest model by that of the layer's share.
  static let gemma2 = ConfigurationExport(
    "gemma2", "Gemma2ForCausalLM",
    [
      .constant("hidden_activation", "gelu_pytorch_tanh"), .attentionBias,
      .queryScale(sharedWidthAt: 46),
    ])
}
