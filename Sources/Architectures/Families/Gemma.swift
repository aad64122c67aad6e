internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Gemma: norms are stored as their distance from 1.
  package static let gemma = Architecture(
    name: "gemma", configurationNames: ["GemmaForCausalLM"], computations: [.gemma],
    defaults: [
      ConfigurationDefault("head_dim", 256), ConfigurationDefault("num_key_value_heads", 16),
      ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 8192),
    ],
    hyperparameters: gemmaSizes,
    tensors: [.tiedOutput] + TensorRule.embeddings(norm: .add(1))
      + TensorRule.attention() + TensorRule.attentionNorm(.add(1))
      + TensorRule.feedForwardNorm(.add(1)) + TensorRule.gatedFeedForward,
    closing: [
      // CodeGemma's end of a turn, which llama.cpp's converter gives to all.
      .constant("tokenizer.ggml.eot_token_id", .uint32(107)), noSpacePrefix,
    ],
    export: .gemma, vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.activation = .geluTanh
      $0.scalesEmbedding = true
    })

  /// No space before the first word.
  static let noSpacePrefix = HyperparameterRule.constant(
    "tokenizer.ggml.add_space_prefix", .bool(false))

  /// Metadata that Gemma 1 and 2 share.
  static let gemmaSizes: [HyperparameterRule] = [
    .count("{arch}.context_length", "max_position_embeddings"), .embeddingLength, .blockCount,
    .count("{arch}.feed_forward_length", "intermediate_size"), .headCount, .keyValueHeadCount,
    .number("{arch}.attention.layer_norm_rms_epsilon", "rms_norm_eps"),
    .count("{arch}.attention.key_length", "head_dim"),
    .count("{arch}.attention.value_length", "head_dim"), .fileType,
  ]
}

extension ConfigurationExport {
  /// The nonlinearity has had two names.
  static let gemma = ConfigurationExport(
    "gemma", "GemmaForCausalLM",
    [
      .constant("hidden_act", "gelu_pytorch_tanh"),
      .constant("hidden_activation", "gelu_pytorch_tanh"), .attentionBias,
    ])
}
