internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension LegacyFamily {
  /// Sentence encoders of bert.cpp, which averages the last layer over the tokens.
  static let bert = LegacyFamily(
    legacyName: "bert", architecture: { _ in "bert" },
    names: both([
      ("embeddings.LayerNorm", "token_embd_norm"),
      ("encoder.layer.{n}.attention.self.query", "blk.{n}.attn_q"),
      ("encoder.layer.{n}.attention.self.key", "blk.{n}.attn_k"),
      ("encoder.layer.{n}.attention.self.value", "blk.{n}.attn_v"),
      ("encoder.layer.{n}.attention.output.dense", "blk.{n}.attn_output"),
      ("encoder.layer.{n}.attention.output.LayerNorm", "blk.{n}.attn_output_norm"),
      ("encoder.layer.{n}.intermediate.dense", "blk.{n}.ffn_up"),
      ("encoder.layer.{n}.output.dense", "blk.{n}.ffn_down"),
      ("encoder.layer.{n}.output.LayerNorm", "blk.{n}.layer_output_norm"),
    ])
      + weights([
        ("embeddings.word_embeddings", "token_embd"),
        ("embeddings.position_embeddings", "position_embd"),
        ("embeddings.token_type_embeddings", "token_types"),
      ]),
    dropped: ["embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"],
    vocabulary: .wordPiece,
    hyperparameters: { (source, builder) throws(ModelError) in
      try sizes(
        source, &builder, embeddings: "embeddings.word_embeddings.weight",
        feedForward: "encoder.layer.0.intermediate.dense.weight")
      let types = try source.rows("embeddings.token_type_embeddings.weight")
      builder.metadata["tokenizer.ggml.token_type_count"] = .uint32(UInt32(clamping: types))
      builder.set("attention.causal", false)
      builder.set("pooling_type", 1)
      builder.set("attention.layer_norm_epsilon", 1e-12 as Float)
    })
}
