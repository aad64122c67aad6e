internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension LegacyFamily {
  /// MPT and Replit.
  static let mpt = LegacyFamily(
    legacyName: "mpt", architecture: { _ in "mpt" },
    names: weights([
      ("transformer.wte", "token_embd"), ("transformer.norm_f", "output_norm"),
      ("transformer.blocks.{n}.norm_1", "blk.{n}.attn_norm"),
      ("transformer.blocks.{n}.attn.Wqkv", "blk.{n}.attn_qkv"),
      ("transformer.blocks.{n}.attn.out_proj", "blk.{n}.attn_output"),
      ("transformer.blocks.{n}.norm_2", "blk.{n}.ffn_norm"),
      ("transformer.blocks.{n}.ffn.up_proj", "blk.{n}.ffn_up"),
      ("transformer.blocks.{n}.ffn.down_proj", "blk.{n}.ffn_down"),
    ]),
    vocabulary: .bytePair { _ in "mpt" },
    hyperparameters: { (source, builder) throws(ModelError) in
      try sizes(
        source, &builder, embeddings: "transformer.wte.weight",
        feedForward: "transformer.blocks.0.ffn.up_proj.weight")
      let width = try source.positive("n_embd")
      try source.require("transformer.blocks.0.attn.Wqkv.weight", [3 * width, width])
      let bias = source.model.metadata["ggml.alibi_bias_max"]?.float
      builder.set("attention.max_alibi_bias", bias ?? 8)
      if bias == nil {
        builder.assume("attention.max_alibi_bias", "8 is assumed; the first files do not say")
      }
      if let limit = source.model.metadata["ggml.clip_qkv"]?.float, limit > 0 {
        builder.set("attention.clamp_kqv", limit)
      }
      builder.set("attention.layer_norm_epsilon", 1e-5 as Float)
    })
}
