internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension LegacyFamily {
  /// Falcon 7B and 40B.
  static let falcon = LegacyFamily(
    legacyName: "falcon", architecture: { _ in "falcon" },
    names: both([
      ("transformer.ln_f", "output_norm"),
      ("transformer.h.{n}.input_layernorm", "blk.{n}.attn_norm"),
      ("transformer.h.{n}.ln_mlp", "blk.{n}.attn_norm"),
      ("transformer.h.{n}.ln_attn", "blk.{n}.attn_norm_2"),
    ])
      + weights([
        ("transformer.word_embeddings", "token_embd"), ("lm_head", "output"),
        ("transformer.h.{n}.self_attention.query_key_value", "blk.{n}.attn_qkv"),
        ("transformer.h.{n}.self_attention.dense", "blk.{n}.attn_output"),
        ("transformer.h.{n}.mlp.dense_h_to_4h", "blk.{n}.ffn_up"),
        ("transformer.h.{n}.mlp.dense_4h_to_h", "blk.{n}.ffn_down"),
      ]),
    isRotary: true, vocabulary: .bytePair { _ in "falcon" },
    hyperparameters: { (source, builder) throws(ModelError) in
      try sizes(
        source, &builder, embeddings: "transformer.word_embeddings.weight",
        feedForward: "transformer.h.0.mlp.dense_h_to_4h.weight")
      let width = try source.positive("n_embd")
      let heads = try source.positive("n_head")
      let name = "transformer.h.0.self_attention.query_key_value.weight"
      // Queries as wide as the model, then keys and values of fewer heads.
      let rest = try source.rows(name) - width
      let pair = 2 * (width / heads)
      guard rest > 0, rest % pair == 0, source.optional("n_head_kv") ?? rest / pair == rest / pair
      else {
        throw ModelError(.shapeMismatch, name, "the rows do not fit \(heads) heads of \(width)")
      }
      // ggml's own example knew one key and value head only; the order of more is not known.
      guard rest == pair || source.optional("n_head_kv") != nil else {
        throw ModelError(
          .invalidMetadata, name, "the header does not say how \(rest / pair) heads are ordered")
      }
      builder.set("attention.head_count_kv", rest / pair)
      builder.metadata["falcon.tensor_data_layout"] = .string("jploski")
      builder.set("attention.layer_norm_epsilon", 1e-5 as Float)
    })
}
