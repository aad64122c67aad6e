internal import WeighbridgeModelIR

extension LegacyFamily {
  /// LLaMA 1 and 2 and all that llama.cpp ran under their names.
  static let llama = LegacyFamily(
    legacyName: "llama", architecture: { _ in "llama" },
    names: weights([
      ("tok_embeddings", "token_embd"), ("norm", "output_norm"), ("output", "output"),
      ("layers.{n}.attention_norm", "blk.{n}.attn_norm"),
      ("layers.{n}.attention.wq", "blk.{n}.attn_q"),
      ("layers.{n}.attention.wk", "blk.{n}.attn_k"),
      ("layers.{n}.attention.wv", "blk.{n}.attn_v"),
      ("layers.{n}.attention.wo", "blk.{n}.attn_output"),
      ("layers.{n}.ffn_norm", "blk.{n}.ffn_norm"),
      ("layers.{n}.feed_forward.w1", "blk.{n}.ffn_gate"),
      ("layers.{n}.feed_forward.w2", "blk.{n}.ffn_down"),
      ("layers.{n}.feed_forward.w3", "blk.{n}.ffn_up"),
    ]),
    dropped: ["rope.freqs", "layers.{n}.attention.inner_attention.rope.freqs"],
    isRotary: true, hasRMSNorm: true, vocabulary: .sentencePiece,
    hyperparameters: { (source, builder) throws(ModelError) in
      try sizes(
        source, &builder, embeddings: "tok_embeddings.weight",
        feedForward: "layers.0.feed_forward.w1.weight")
      let width = try source.positive("n_embd")
      let heads = try source.positive("n_head")
      try source.require("norm.weight", [width])
      // Grouped heads: the header knows only the queries' number, the keys' rows tell the rest.
      let keys = try source.rows("layers.0.attention.wk.weight")
      let headWidth = width / heads
      guard keys % headWidth == 0, keys > 0, heads % (keys / headWidth) == 0 else {
        throw ModelError(
          .shapeMismatch, "layers.0.attention.wk.weight",
          "\(keys) rows are no whole number of heads of \(headWidth)")
      }
      builder.set("attention.head_count_kv", keys / headWidth)
      builder.set("rope.dimension_count", headWidth)
      builder.set("vocab_size", try source.positive("n_vocab"))
      if source.options.ropeBase == nil {
        // Code Llama came a few days before GGUF, with 16 tokens of its own.
        builder.assume(
          "rope.freq_base",
          "10000 is taken; Code Llama has 1000000 (convert --rope-base)",
          isCertain: source.optional("n_vocab") != 32_016)
      }
      epsilon(source, &builder, sharesKeys: keys / headWidth < heads)
    })

  /// The norm's epsilon, which no header has (GGML-26).
  private static func epsilon(
    _ source: LegacySource, _ builder: inout LegacyMetadata, sharesKeys: Bool
  ) {
    let key = "attention.layer_norm_rms_epsilon"
    if let given = source.options.rmsEpsilon {
      builder.set(key, given)
    } else if source.precedesLlama2 {
      builder.set(key, 1e-6 as Float)
      builder.assume(
        key,
        "1e-6 is taken: LLaMA's own, which the programs of the file's time had (convert --rms-eps)",
        isCertain: true)
    } else if sharesKeys {
      builder.set(key, 1e-5 as Float)
      builder.assume(
        key, "1e-5 is taken: of LLaMA's time only LLaMA 2 shares keys (convert --rms-eps)",
        isCertain: true)
    } else {
      builder.set(key, 5e-6 as Float)
      builder.assume(
        key,
        "5e-6 is assumed, as llama.cpp did; LLaMA has 1e-6, LLaMA 2 has 1e-5 (convert --rms-eps)")
    }
  }
}
