extension LegacyLayout {
  private static let convolutions = ["out", "conv.0", "conv.2", "conv.3", "conv.5", "conv.6"]
    .flatMap { ["encoder.pre_encode.\($0).weight", "encoder.pre_encode.\($0).bias"] }

  /// Parakeet, the transducer that whisper.cpp runs since 2026.
  static let parakeet = LegacyLayout(
    name: "parakeet", containers: [LegacyContainer(.ggml)],
    fields: [
      .integer("n_vocab"), .integer("n_audio_ctx"), .integer("n_audio_state"),
      .integer("n_audio_head"), .integer("n_audio_layer"), .integer("n_mels"), .integer("ftype"),
      .integer("n_fft"), .integer("subsampling_factor"), .integer("n_subsampling_channels"),
      .integer("n_conv_kernel"), .integer("n_pred_dim"), .integer("n_pred_layers"),
      .integer("n_tdt_durations"), .integer("n_max_tokens"), .matrix("filters"),
      .vector("window", count: "n_fft"), .integers("tdt_durations", count: "n_tdt_durations"),
    ],
    vocabulary: .counted,
    required: convolutions + [
      "decoder.prediction.embed.weight", "joint.pred.weight", "joint.pred.bias",
      "joint.enc.weight", "joint.enc.bias", "joint.joint_net.2.weight", "joint.joint_net.2.bias",
    ],
    layers: [
      Layers(
        "n_audio_layer",
        [
          "feed_forward1.linear1.weight", "feed_forward1.linear2.weight",
          "feed_forward2.linear1.weight", "feed_forward2.linear2.weight",
          "self_attn.linear_q.weight", "self_attn.linear_k.weight", "self_attn.linear_v.weight",
          "self_attn.linear_out.weight",
        ].map { "encoder.layers.{n}.\($0)" })
    ],
    prefixes: ["encoder.layers.", "decoder.prediction."])
}
