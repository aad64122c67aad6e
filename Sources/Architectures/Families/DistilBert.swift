internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// DistilBERT: BERT under names of its own, without types of tokens.
  package static let distilBert = Architecture(
    name: "bert", configurationNames: ["DistilBertModel", "DistilBertForMaskedLM"],
    computations: [.distilBert],
    defaults: [ConfigurationDefault("max_position_embeddings", 512)],
    hyperparameters: [.constant("{arch}.attention.layer_norm_epsilon", .float32(1e-12))]
      + HyperparameterRule.common + [
        .constant("{arch}.attention.causal", .bool(false)), .poolingType,
      ],
    tensors: ["", "distilbert."].flatMap { prefix in
      [
        TensorRule("\(prefix)embeddings.LayerNorm.{s}", "token_embd_norm.{s}"),
        TensorRule("\(prefix)embeddings.position_embeddings.weight", "position_embd.weight"),
        TensorRule("\(prefix)embeddings.word_embeddings.weight", "token_embd.weight"),
        .unused("\(prefix)embeddings.position_ids"),
      ]
        + [
          ("attention.q_lin.{s}", "attn_q.{s}"), ("attention.k_lin.{s}", "attn_k.{s}"),
          ("attention.v_lin.{s}", "attn_v.{s}"), ("attention.out_lin.{s}", "attn_output.{s}"),
          ("sa_layer_norm.{s}", "attn_output_norm.{s}"), ("ffn.lin1.{s}", "ffn_up.{s}"),
          ("ffn.lin2.{s}", "ffn_down.{s}"), ("output_layer_norm.{s}", "layer_output_norm.{s}"),
        ].map { TensorRule("\(prefix)transformer.layer.{n}." + $0.0, "blk.{n}." + $0.1) }
    },
    export: .distilBert, vocabulary: .wordPiece,
    names: TensorNames {
      $0.leftOut.append(.init(kind: "of the head for masked words", prefixes: ["vocab_"]))
    })
}

extension ConfigurationExport {
  /// Its own names for sizes.
  static let distilBert = ConfigurationExport(
    { facts in
      facts.metadata["tokenizer.ggml.model"]?.string == "t5" || facts.has("token_types.weight")
        ? nil : .init("distilbert", "DistilBertModel")
    }, keys: ["dim", "hidden_dim", "n_heads", "n_layers"],
    [.rows("max_position_embeddings", "position_embd.weight")], writesRotary: false)
}
