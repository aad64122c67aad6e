internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// nomic-embed-text 1 and 1.5: BERT with rotary positions and gates, without biases.
  package static let nomicBert = Architecture(
    name: "nomic-bert", configurationNames: ["NomicBertModel"], computations: [.nomicBert],
    defaults: [
      ConfigurationDefault("layer_norm_eps") { $0["layer_norm_epsilon"] ?? 1e-12 },
      ConfigurationDefault("rope_theta") { $0.fullRope["rope_theta"] ?? $0["rotary_emb_base"] },
      ConfigurationDefault("type_vocab_size", 2),
    ],
    hyperparameters: HyperparameterRule.common.replacing(
      .count("{arch}.context_length") { (configuration) throws(ModelError) in
        try nomicLength(configuration)
      }) + [.constant("{arch}.attention.causal", .bool(false)), .poolingType],
    tensors: ["", "bert."].flatMap { prefix in
      [
        TensorRule("\(prefix)emb_ln.{s}", "token_embd_norm.{s}"),
        TensorRule("\(prefix)embeddings.token_type_embeddings.weight", "token_types.weight"),
        TensorRule("\(prefix)embeddings.word_embeddings.weight", "token_embd.weight"),
      ]
        + [
          ("attn.Wqkv.{s}", "attn_qkv.{s}"), ("attn.out_proj.{s}", "attn_output.{s}"),
          ("norm1.{s}", "attn_output_norm.{s}"), ("norm2.{s}", "layer_output_norm.{s}"),
          ("mlp.fc11.{s}", "ffn_up.{s}"), ("mlp.fc12.{s}", "ffn_gate.{s}"),
          ("mlp.fc2.{s}", "ffn_down.{s}"),
        ].map { TensorRule("\(prefix)encoder.layers.{n}." + $0.0, "blk.{n}." + $0.1) }
    },
    vocabulary: .wordPiece,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.arrangement = .normalizedAfter
      $0.isEncoder = true
    })

  /// The length that the model was trained for, which its files give by two others.
  private static func nomicLength(_ configuration: Configuration) throws(ModelError) -> Int {
    let trained = try configuration.optionalCount("max_trained_positions") ?? 2048
    switch (try configuration.count("n_positions"), trained) {
    case (8192, 2048): return 2048
    case (2048, 2048): return 512
    case (let positions, let trained):
      throw ModelError(
        .invalidMetadata, "config.json",
        "n_positions \(positions) with max_trained_positions \(trained) is not a known model")
    }
  }
}
