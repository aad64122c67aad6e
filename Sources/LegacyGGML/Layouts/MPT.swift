extension LegacyLayout {
  /// MPT; its first files lack the two floats, and Replit's vocabulary has scores.
  static let mpt = [
    mosaic([.float("alibi_bias_max"), .float("clip_qkv")], .plain),
    mosaic([], .plain),
    mosaic([], .scored),
  ]

  private static func mosaic(_ floats: [Field], _ vocabulary: Vocabulary) -> LegacyLayout {
    LegacyLayout(
      name: "mpt", containers: [LegacyContainer(.ggml)],
      fields: [
        .integer("n_embd"), .integer("n_ctx"), .integer("n_head"), .integer("n_layer"),
        .integer("n_vocab"),
      ] + floats + [.integer("ftype")],
      vocabulary: vocabulary,
      required: ["transformer.wte.weight", "transformer.norm_f.weight"],
      layers: [
        Layers(
          "n_layer",
          [
            "norm_1.weight", "attn.Wqkv.weight", "attn.out_proj.weight", "norm_2.weight",
            "ffn.up_proj.weight", "ffn.down_proj.weight",
          ].map { "transformer.blocks.{n}.\($0)" })
      ])
  }
}
