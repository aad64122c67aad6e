extension LegacyLayout {
  /// RWKV 4 to 7 of rwkv.cpp, which took the magic of GGMF and counts its versions from 100.
  static let rwkv = LegacyLayout(
    name: "rwkv", containers: [LegacyContainer(.ggmf, 100), LegacyContainer(.ggmf, 101)],
    fields: [
      .integer("n_vocab"), .integer("n_embd"), .integer("n_layer"), .integer("data_type"),
    ],
    vocabulary: .none,
    required: [
      "emb.weight", "blocks.0.ln0.weight", "blocks.0.ln0.bias", "ln_out.weight", "ln_out.bias",
      "head.weight",
    ],
    layers: [
      Layers(
        "n_layer",
        [
          "ln1.weight", "ln1.bias", "ln2.weight", "ln2.bias", "att.output.weight",
          "ffn.key.weight", "ffn.value.weight",
        ].map { "blocks.{n}.\($0)" })
    ],
    prefixes: ["blocks."], typeIDs: .rwkv)
}
