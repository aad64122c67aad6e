extension LegacyLayout {
  /// Sentence encoders of bert.cpp.
  static let bert = LegacyLayout(
    name: "bert", containers: [LegacyContainer(.ggml)],
    fields: [
      .integer("n_vocab"), .integer("n_ctx"), .integer("n_embd"), .integer("n_intermediate"),
      .integer("n_head"), .integer("n_layer"), .integer("ftype"),
    ],
    vocabulary: .plain,
    required: [
      "embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight",
      "embeddings.token_type_embeddings.weight", "embeddings.LayerNorm.weight",
      "embeddings.LayerNorm.bias",
    ],
    optional: ["pooler.dense.weight", "pooler.dense.bias", "embeddings.position_ids"],
    layers: [
      Layers(
        "n_layer",
        [
          "attention.self.query", "attention.self.key", "attention.self.value",
          "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense",
          "output.dense", "output.LayerNorm",
        ].flatMap { ["encoder.layer.{n}.\($0).weight", "encoder.layer.{n}.\($0).bias"] })
    ])
}
