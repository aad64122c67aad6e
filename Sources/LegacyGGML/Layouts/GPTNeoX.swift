extension LegacyLayout {
  /// GPT-NeoX, StableLM, RedPajama, Dolly and Pythia: with, and in the oldest files without, the field
  /// that says whether attention and feed-forward run side by side.
  static let gptNeoX = [
    neoX([.integer("n_rot"), .integer("par_res"), .integer("ftype")]),
    neoX([.integer("n_rot"), .integer("ftype")]),
  ]

  private static func neoX(_ tail: [Field]) -> LegacyLayout {
    LegacyLayout(
      name: "gptneox", containers: [LegacyContainer(.ggml)],
      fields: [
        .integer("n_vocab"), .integer("n_ctx"), .integer("n_embd"), .integer("n_head"),
        .integer("n_layer"),
      ] + tail,
      vocabulary: .plain,
      required: [
        "gpt_neox.embed_in.weight", "gpt_neox.final_layer_norm.weight",
        "gpt_neox.final_layer_norm.bias", "embed_out.weight",
      ],
      layers: [
        Layers(
          "n_layer",
          [
            "input_layernorm", "post_attention_layernorm", "attention.query_key_value",
            "attention.dense", "mlp.dense_h_to_4h", "mlp.dense_4h_to_h",
          ].flatMap { ["gpt_neox.layers.{n}.\($0).weight", "gpt_neox.layers.{n}.\($0).bias"] },
          optional: [
            "gpt_neox.layers.{n}.attention.rotary_emb.inv_freq",
            "gpt_neox.layers.{n}.attention.bias", "gpt_neox.layers.{n}.attention.masked_bias",
          ])
      ])
  }
}
