extension LegacyLayout {
  private static let projections = [
    "attention.wq", "attention.wk", "attention.wv", "attention.wo", "feed_forward.w1",
    "feed_forward.w2", "feed_forward.w3",
  ]

  /// llama.cpp: GGJT, GGMF, and GGML, which has no scores.
  static let llama = [
    llama(
      [
        LegacyContainer(.ggjt, 1), LegacyContainer(.ggjt, 2), LegacyContainer(.ggjt, 3),
        LegacyContainer(.ggmf, 1),
      ], .scored),
    llama([LegacyContainer(.ggml)], .plain),
  ]

  private static func llama(
    _ containers: [LegacyContainer], _ vocabulary: Vocabulary
  ) -> LegacyLayout {
    LegacyLayout(
      name: "llama", containers: containers,
      fields: [
        .integer("n_vocab"), .integer("n_embd"), .integer("n_mult"), .integer("n_head"),
        .integer("n_layer"), .integer("n_rot"), .integer("ftype"),
      ],
      vocabulary: vocabulary,
      required: ["tok_embeddings.weight", "norm.weight", "output.weight"],
      optional: ["rope.freqs"],
      layers: [
        Layers(
          "n_layer",
          ["layers.{n}.attention_norm.weight", "layers.{n}.ffn_norm.weight"]
            + projections.map { "layers.{n}.\($0).weight" },
          optional: ["layers.{n}.attention.inner_attention.rope.freqs"])
      ],
      maySplit: true, mayLackTensors: true)
  }

  /// The vocabulary that llama.cpp's tests used for two days: a count and records, no magic.
  static let llamaVocabulary = LegacyLayout(
    name: "llama", containers: [.bare], fields: [.integer("n_vocab")], vocabulary: .scored,
    mayLackTensors: true)

  /// Low-rank adapters of llama.cpp: tensors only.
  static let llamaAdapter = LegacyLayout(
    name: "llama-lora", containers: [LegacyContainer(.ggla, 1)],
    fields: [.integer("lora_r"), .integer("lora_alpha")], vocabulary: .none,
    prefixes: ["layers.", "output.", "tok_embeddings."])
}
