extension LegacyLayout {
  /// GPT-2, Cerebras-GPT and StarCoder, whose files differ in nothing but sizes and tokens.
  static let gpt2 = [
    LegacyLayout(
      name: "gpt2", containers: [LegacyContainer(.ggml)],
      fields: [
        .integer("n_vocab"), .integer("n_ctx"), .integer("n_embd"), .integer("n_head"),
        .integer("n_layer"), .integer("ftype"),
      ],
      vocabulary: .counted,
      required: ["model/ln_f/g", "model/ln_f/b", "model/wte", "model/wpe"],
      optional: ["model/lm_head"],
      layers: [
        Layers(
          "n_layer",
          ["ln_1/g", "ln_1/b", "ln_2/g", "ln_2/b"].map { "model/h{n}/\($0)" }
            + ["attn/c_attn", "attn/c_proj", "mlp/c_fc", "mlp/c_proj"]
            .flatMap { ["model/h{n}/\($0)/w", "model/h{n}/\($0)/b"] })
      ])
  ]
}
