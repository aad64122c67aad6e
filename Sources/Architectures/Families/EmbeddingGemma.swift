internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// EmbeddingGemma: Gemma 3 whose tokens see those after them, too, and half a window on either side.
  package static let embeddingGemma = Architecture(
    name: "gemma-embedding", configurationNames: ["Gemma3TextModel"], defaults: gemma3.defaults,
    hyperparameters: HyperparameterRule.common + [.slidingWindow, .poolingType],
    tensors: gemma3.tensors, closing: gemma3.closing, export: .embeddingGemma,
    vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.activation = .geluTanh
      $0.scalesEmbedding = true
      $0.isEncoder = true
      $0.windowed = .allBut(every: 6)
      $0.windowKind = .symmetric
      $0.windowedBase = 10000
      $0.stretchesWindows = false
    })
}

extension ConfigurationExport {
  /// Gemma 3's text model, for both directions.
  static let embeddingGemma = ConfigurationExport(
    "gemma3_text", "Gemma3TextModel",
    [
      .constant("use_bidirectional_attention", true),
      .constant("hidden_activation", "gelu_pytorch_tanh"), .attentionBias,
      .optionalInteger("sliding_window", "attention.sliding_window"),
      .constant("sliding_window_pattern", 6),
    ])
}
