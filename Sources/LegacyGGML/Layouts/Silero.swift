extension LegacyLayout {
  private static let encoders = (0..<4).flatMap { layer -> [Field] in
    ["in", "out", "kernel"].map { .integer("encoder_\(layer)_\($0)") }
  }

  /// The voice detector that whisper.cpp loads.
  static let silero = LegacyLayout(
    name: "silero-vad", containers: [LegacyContainer(.ggml)],
    fields: [
      .text("model_type"), .integer("version_major"), .integer("version_minor"),
      .integer("version_patch"), .integer("n_window"), .integer("n_context"),
      .integer("n_encoder_layers"),
    ] + encoders + [
      .integer("lstm_input"), .integer("lstm_hidden"), .integer("final_conv_in"),
      .integer("final_conv_out"),
    ],
    vocabulary: .none,
    required: ["_model.stft.forward_basis_buffer", "_model.decoder.rnn.weight_ih"]
      + ["weight", "bias"].flatMap { part in
        (0..<4).map { "_model.encoder.\($0).reparam_conv.\(part)" }
      },
    prefixes: ["_model."])
}
