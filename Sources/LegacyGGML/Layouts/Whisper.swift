extension LegacyLayout {
  private static let feedForward = ["mlp_ln", "mlp.0", "mlp.2", "attn_ln"]
    .flatMap { ["\($0).weight", "\($0).bias"] }

  private static func attention(_ name: String) -> [String] {
    [
      "query.weight", "query.bias", "key.weight", "value.weight", "value.bias", "out.weight",
      "out.bias",
    ].map { "\(name).\($0)" }
  }

  /// whisper.cpp.
  static let whisper = LegacyLayout(
    name: "whisper", containers: [LegacyContainer(.ggml)],
    fields: [
      .integer("n_vocab"), .integer("n_audio_ctx"), .integer("n_audio_state"),
      .integer("n_audio_head"), .integer("n_audio_layer"), .integer("n_text_ctx"),
      .integer("n_text_state"), .integer("n_text_head"), .integer("n_text_layer"),
      .integer("n_mels"), .integer("ftype"), .matrix("filters"),
    ],
    vocabulary: .counted,
    required: [
      "encoder.positional_embedding", "encoder.conv1.weight", "encoder.conv1.bias",
      "encoder.conv2.weight", "encoder.conv2.bias", "encoder.ln_post.weight",
      "encoder.ln_post.bias", "decoder.positional_embedding", "decoder.token_embedding.weight",
      "decoder.ln.weight", "decoder.ln.bias",
    ],
    layers: [
      Layers(
        "n_audio_layer", (feedForward + attention("attn")).map { "encoder.blocks.{n}.\($0)" }),
      Layers(
        "n_text_layer",
        (feedForward + attention("attn") + attention("cross_attn")
          + ["cross_attn_ln.weight", "cross_attn_ln.bias"]).map { "decoder.blocks.{n}.\($0)" }),
    ],
    mayLackTensors: true)
}
