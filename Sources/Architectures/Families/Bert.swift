internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// BERT: an encoder, used for embeddings of text.
  package static let bert = Architecture(
    name: "bert", configurationNames: ["BertModel", "BertForMaskedLM"], computations: [.bert],
    defaults: [
      ConfigurationDefault("layer_norm_eps", 1e-12),
      ConfigurationDefault("max_position_embeddings", 512),
      ConfigurationDefault("type_vocab_size", 2),
    ],
    hyperparameters: HyperparameterRule.common + [
      .constant("{arch}.attention.causal", .bool(false)), .poolingType,
    ],
    tensors: ["", "bert."].flatMap { bertTensors($0) },
    export: .bert, vocabulary: .wordPiece,
    traits: DecoderTraits {
      $0.rotary = nil
      $0.norm = .layer
      $0.activation = .geluErf
      $0.arrangement = .normalizedAfter
      $0.isEncoder = true
    })

  private static func bertTensors(_ prefix: String) -> [TensorRule] {
    let embeddings: [(String, String)] = [
      ("LayerNorm.{s}", "token_embd_norm.{s}"),
      ("position_embeddings.weight", "position_embd.weight"),
      ("token_type_embeddings.weight", "token_types.weight"),
      ("word_embeddings.weight", "token_embd.weight"),
    ]
    let layers: [(String, String)] = [
      ("attention.output.LayerNorm.{s}", "attn_output_norm.{s}"),
      ("attention.output.dense.{s}", "attn_output.{s}"),
      ("attention.self.key.{s}", "attn_k.{s}"), ("attention.self.query.{s}", "attn_q.{s}"),
      ("attention.self.value.{s}", "attn_v.{s}"), ("intermediate.dense.{s}", "ffn_up.{s}"),
      ("output.LayerNorm.{s}", "layer_output_norm.{s}"), ("output.dense.{s}", "ffn_down.{s}"),
    ]
    var rules: [TensorRule] = []
    for (source, target) in embeddings {
      rules += named("\(prefix)embeddings.\(source)", target)
    }
    for (source, target) in layers {
      rules += named("\(prefix)encoder.layer.{n}.\(source)", "blk.{n}.\(target)")
    }
    return rules + [
      .unused("\(prefix)embeddings.position_ids"), .unused("\(prefix)pooler.dense.{s}"),
      .unused("cls.predictions.bias"), .unused("cls.predictions.decoder.{s}"),
      .unused("cls.predictions.transform.LayerNorm.{s}"),
      .unused("cls.predictions.transform.dense.{s}"), .unused("cls.seq_relationship.{s}"),
    ]
  }

  /// A rule, and for norms two more: checkpoints that came from TensorFlow call their parts `gamma`
  /// and `beta`.
  private static func named(_ source: String, _ target: String) -> [TensorRule] {
    let rule = TensorRule(source, target)
    guard source.hasSuffix("LayerNorm.{s}") else { return [rule] }
    let names = [("gamma", "weight"), ("beta", "bias")]
    return [rule]
      + names.map { (old: String, new: String) in
        TensorRule(
          source.replacing("{s}", with: old), target.replacing("{s}", with: new))
      }
  }
}

extension ConfigurationExport {
  /// An encoder; two sizes show in its embeddings.
  static let bert = ConfigurationExport(
    { facts in
      // XLM-RoBERTa's vocabulary is of another kind; DistilBERT has no types of tokens.
      facts.metadata["tokenizer.ggml.model"]?.string == "t5" || !facts.has("token_types.weight")
        ? nil : .init("bert", "BertModel")
    },
    [
      .rows("type_vocab_size", "token_types.weight"),
      .rows("max_position_embeddings", "position_embd.weight"),
    ])
}
