internal import WeighbridgeModelIR

extension LegacyFamily {
  /// BLOOM; bloomz.cpp has put queries, keys and values one after another already.
  static let bloom = LegacyFamily(
    legacyName: "bloom", architecture: { _ in "bloom" },
    names: both([
      ("norm", "token_embd_norm"), ("output_norm", "output_norm"),
      ("layers.{n}.attention_norm", "blk.{n}.attn_norm"),
      ("layers.{n}.attention.query_key_value", "blk.{n}.attn_qkv"),
      ("layers.{n}.attention.wo", "blk.{n}.attn_output"),
      ("layers.{n}.ffn_norm", "blk.{n}.ffn_norm"),
      ("layers.{n}.feed_forward.w1", "blk.{n}.ffn_up"),
      ("layers.{n}.feed_forward.w2", "blk.{n}.ffn_down"),
    ]) + weights([("tok_embeddings", "token_embd"), ("output", "output")]),
    vocabulary: .bytePair { _ in "bloom" },
    hyperparameters: { (source, builder) throws(ModelError) in
      try sizes(
        source, &builder, embeddings: "tok_embeddings.weight",
        feedForward: "layers.0.feed_forward.w1.weight")
      let width = try source.positive("n_embd")
      try source.require("layers.0.attention.query_key_value.weight", [3 * width, width])
      builder.set("attention.head_count_kv", try source.positive("n_head"))
      builder.set("attention.layer_norm_epsilon", 1e-5 as Float)
    })
}
