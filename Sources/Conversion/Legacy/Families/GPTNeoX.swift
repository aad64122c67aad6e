internal import WeighbridgeModelIR

extension LegacyFamily {
  /// GPT-NeoX, StableLM, RedPajama, Dolly, Pythia.
  static let gptNeoX = LegacyFamily(
    legacyName: "gptneox", architecture: { _ in "gptneox" },
    names: both([
      ("gpt_neox.final_layer_norm", "output_norm"),
      ("gpt_neox.layers.{n}.input_layernorm", "blk.{n}.attn_norm"),
      ("gpt_neox.layers.{n}.post_attention_layernorm", "blk.{n}.ffn_norm"),
      ("gpt_neox.layers.{n}.attention.query_key_value", "blk.{n}.attn_qkv"),
      ("gpt_neox.layers.{n}.attention.dense", "blk.{n}.attn_output"),
      ("gpt_neox.layers.{n}.mlp.dense_h_to_4h", "blk.{n}.ffn_up"),
      ("gpt_neox.layers.{n}.mlp.dense_4h_to_h", "blk.{n}.ffn_down"),
    ]) + weights([("gpt_neox.embed_in", "token_embd"), ("embed_out", "output")]),
    dropped: ["rotary_emb.inv_freq", "bias", "masked_bias"]
      .map { "gpt_neox.layers.{n}.attention.\($0)" },
    headwise: ["weight", "bias"].map { "gpt_neox.layers.{n}.attention.query_key_value.\($0)" },
    isRotary: true, vocabulary: .bytePair { _ in "gpt-2" },
    hyperparameters: { (source, builder) throws(ModelError) in
      try sizes(
        source, &builder, embeddings: "gpt_neox.embed_in.weight",
        feedForward: "gpt_neox.layers.0.mlp.dense_h_to_4h.weight")
      let width = try source.positive("n_embd")
      try source.require(
        "gpt_neox.layers.0.attention.query_key_value.weight", [3 * width, width])
      builder.set("rope.dimension_count", try source.positive("n_rot"))
      builder.set("use_parallel_residual", source.optional("par_res") ?? 1 != 0)
      if source.optional("par_res") == nil {
        builder.assume(
          "use_parallel_residual", "true is assumed; the oldest files do not say")
      }
      builder.set("attention.layer_norm_epsilon", 1e-5 as Float)
    })
}
