extension LegacyLayout {
  /// Falcon: ggml's example, and ggllm.cpp before and after it had a magic number of its own.
  static let falcon = [
    falcon(
      [
        LegacyContainer(.ggmf, 1), LegacyContainer(.ggjt, 1), LegacyContainer(.ggjt, 2),
        LegacyContainer(.ggjt, 3),
      ],
      [.integer("n_head_kv"), .integer("n_layer"), .integer("n_falcon_type"), .integer("ftype")],
      .scored),
    falcon(
      [LegacyContainer(.ggcc, 10)],
      [
        .integer("n_head_kv"), .integer("n_layer"), .integer("n_falcon_type"), .integer("ftype"),
        .integer("n_bpe_merges"),
      ],
      .scoredThenMerges),
    falcon([LegacyContainer(.ggml)], [.integer("n_layer"), .integer("ftype")], .plain),
    falcon(
      [LegacyContainer(.ggml)],
      [.integer("n_head_kv"), .integer("n_layer"), .integer("ftype")], .plain),
  ]

  private static func falcon(
    _ containers: [LegacyContainer], _ tail: [Field], _ vocabulary: Vocabulary
  ) -> LegacyLayout {
    LegacyLayout(
      name: "falcon", containers: containers,
      fields: [.integer("n_vocab"), .integer("n_embd"), .integer("n_head")] + tail,
      vocabulary: vocabulary,
      required: [
        "transformer.word_embeddings.weight", "transformer.ln_f.weight", "transformer.ln_f.bias",
        "lm_head.weight",
      ],
      layers: [
        Layers(
          "n_layer",
          [
            "self_attention.query_key_value.weight", "self_attention.dense.weight",
            "mlp.dense_h_to_4h.weight", "mlp.dense_4h_to_h.weight",
          ].map { "transformer.h.{n}.\($0)" },
          optional: ["input_layernorm", "ln_attn", "ln_mlp"].flatMap {
            ["transformer.h.{n}.\($0).weight", "transformer.h.{n}.\($0).bias"]
          })
      ])
  }
}
