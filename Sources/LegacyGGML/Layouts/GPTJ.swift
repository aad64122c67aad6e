extension LegacyLayout {
  /// GPT-J and GPT4All-J.
  static let gptJ = [
    LegacyLayout(
      name: "gptj", containers: [LegacyContainer(.ggml)],
      fields: [
        .integer("n_vocab"), .integer("n_ctx"), .integer("n_embd"), .integer("n_head"),
        .integer("n_layer"), .integer("n_rot"), .integer("ftype"),
      ],
      vocabulary: .counted,
      required: [
        "transformer.wte.weight", "transformer.ln_f.weight", "transformer.ln_f.bias",
        "lm_head.weight", "lm_head.bias",
      ],
      layers: [
        Layers(
          "n_layer",
          [
            "ln_1.weight", "ln_1.bias", "attn.q_proj.weight", "attn.k_proj.weight",
            "attn.v_proj.weight", "attn.out_proj.weight", "mlp.fc_in.weight", "mlp.fc_in.bias",
            "mlp.fc_out.weight", "mlp.fc_out.bias",
          ].map { "transformer.h.{n}.\($0)" })
      ])
  ]
}
