extension LegacyLayout {
  /// BLOOM and BLOOMZ, under names that bloomz.cpp took from LLaMA; for its first two days a file had
  /// LLaMA's whole header.
  static let bloom = [bloom([]), bloom([.integer("n_rot")])]

  private static func bloom(_ rotary: [Field]) -> LegacyLayout {
    LegacyLayout(
      name: "bloom", containers: [LegacyContainer(.ggml)],
      fields: [
        .integer("n_vocab"), .integer("n_embd"), .integer("n_mult"), .integer("n_head"),
        .integer("n_layer"),
      ] + rotary + [.integer("ftype")],
      vocabulary: .plain,
      required: [
        "tok_embeddings.weight", "norm.weight", "norm.bias", "output_norm.weight",
        "output_norm.bias", "output.weight",
      ],
      layers: [
        Layers(
          "n_layer",
          [
            "attention_norm", "attention.query_key_value", "attention.wo", "ffn_norm",
            "feed_forward.w1", "feed_forward.w2",
          ].flatMap { ["layers.{n}.\($0).weight", "layers.{n}.\($0).bias"] })
      ])
  }
}
