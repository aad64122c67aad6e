internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// StarCoder 2.
  package static let starCoder2 = Architecture(
    name: "starcoder2", configurationNames: ["Starcoder2ForCausalLM"], computations: [.starCoder2],
    defaults: [
      ConfigurationDefault("num_key_value_heads", 2), ConfigurationDefault("norm_epsilon", 1e-5),
      ConfigurationDefault("max_position_embeddings", 4096), .ropeBase(10_000),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm()
      + TensorRule.feedForwardNorm() + [
        .layer("mlp.c_fc.{s}", "ffn_up.{s}"), .layer("mlp.c_proj.{s}", "ffn_down.{s}"),
      ],
    export: .starCoder2, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.activation = .geluTanh
      $0.windowed = .all
    })
}

extension ConfigurationExport {
  /// Biases everywhere or nowhere.
  static let starCoder2 = ConfigurationExport(
    "starcoder2", "Starcoder2ForCausalLM", keys: ["norm_epsilon"],
    [
      .has("use_bias", "blk.0.attn_q.bias"),
      .optionalInteger("sliding_window", "attention.sliding_window"),
    ])
}
