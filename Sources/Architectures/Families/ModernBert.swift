internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// ModernBERT: an encoder with rotary positions, gates, and a window in two of three layers.
  package static let modernBert = Architecture(
    name: "modern-bert", configurationNames: ["ModernBertModel", "ModernBertForMaskedLM"],
    computations: [.modernBert],
    defaults: [
      ConfigurationDefault("norm_eps", 1e-5),
      ConfigurationDefault("layer_norm_eps") { $0["norm_eps"] ?? 1e-5 },
      ConfigurationDefault("max_position_embeddings", 8192),
      ConfigurationDefault("global_rope_theta", 160_000.0),
      ConfigurationDefault("local_rope_theta", 10_000.0),
      ConfigurationDefault("local_attention", 128),
      ConfigurationDefault("global_attn_every_n_layers", 3),
      ConfigurationDefault("hidden_activation", "gelu"),
    ],
    hyperparameters: HyperparameterRule.common + [
      .constant("{arch}.attention.causal", .bool(false)), .poolingType, .classifierPooling,
      .count("{arch}.attention.sliding_window", "local_attention"),
      .count("{arch}.attention.sliding_window_pattern", "global_attn_every_n_layers"),
      .noRopeScaling, .vocabularySize,
      HyperparameterRule("{arch}.hidden_activation") { configuration in
        configuration["hidden_activation"]?.string.map { .string($0) }
      },
    ],
    tensors: modernTensors("model.") + modernTensors("") + modernUnused, export: .modernBert,
    vocabulary: VocabularyKind(
      .bytePair,
      leading: [
        ("tokenizer.ggml.add_bos_token", .bool(true)),
        ("tokenizer.ggml.add_eos_token", .bool(true)),
        ("tokenizer.ggml.add_sep_token", .bool(true)),
      ]),
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.activation = .geluErf
      $0.arrangement = .sequential
      $0.isEncoder = true
      $0.windowed = .allBut(every: 3, isFirst: true)
      $0.windowKind = .symmetric
    }, names: TensorNames { $0.base = "" })

  private static let modernUnused: [TensorRule] = [
    .unused("head.dense.{s}"), .unused("head.norm.{s}"), .unused("decoder.{s}"),
  ]

  private static func modernTensors(_ prefix: String) -> [TensorRule] {
    let layers: [(String, String)] = [
      ("attn_norm.{s}", "attn_norm.{s}"), ("attn.Wqkv.{s}", "attn_qkv.{s}"),
      ("attn.Wo.{s}", "attn_output.{s}"), ("mlp_norm.{s}", "ffn_norm.{s}"),
      ("mlp.Wi.{s}", "ffn_up.{s}"), ("mlp.Wo.{s}", "ffn_down.{s}"),
    ]
    var rules = [
      TensorRule(prefix + "embeddings.norm.{s}", "token_embd_norm.{s}"),
      TensorRule(prefix + "embeddings.tok_embeddings.weight", "token_embd.weight"),
      TensorRule(prefix + "final_norm.{s}", "output_norm.{s}"),
    ]
    for (source, target) in layers {
      rules.append(TensorRule(prefix + "layers.{n}." + source, "blk.{n}." + target))
    }
    return rules
  }
}

extension HyperparameterRule {
  /// How a classifier makes one state of those of the tokens: 1 is their mean, 2 the first.
  fileprivate static let classifierPooling = HyperparameterRule.count(
    "{arch}.classifier.pooling_type"
  ) {
    switch $0["classifier_pooling"]?.text {
    case "mean": 1
    case "cls": 2
    default: nil
    }
  }
}

extension ConfigurationExport {
  /// Two bases, and a window in all layers but every n-th.
  static let modernBert = ConfigurationExport(
    { $0.has("cls.output.weight") ? nil : .init("modernbert", "ModernBertModel") },
    modernEntries, writesRotary: false)

  /// The same with a head; what its scores are of.
  static let modernBertClassification = ConfigurationExport(
    {
      $0.has("cls.output.weight")
        ? .init("modernbert", "ModernBertForSequenceClassification") : nil
    }, modernEntries + [.classifierCount, .classifierNames], writesRotary: false)

  private static let modernEntries: [Entry] = [
    .number("norm_eps", "attention.layer_norm_epsilon"),
    .number("global_rope_theta", "rope.freq_base"),
    .number("local_rope_theta", "rope.freq_base_swa"),
    .integer("local_attention", "attention.sliding_window"),
    .integer("global_attn_every_n_layers", "attention.sliding_window_pattern"),
    .has("attention_bias", "blk.0.attn_qkv.bias"), .has("mlp_bias", "blk.0.ffn_up.bias"),
    .has("norm_bias", "output_norm.bias"),
    .computed("hidden_activation") { facts in
      facts["hidden_activation"]?.string.map { .string($0) }
    },
    .computed("classifier_pooling") { facts in
      switch facts.integer("classifier.pooling_type") {
      case 1: "mean"
      case 2: "cls"
      default: nil
      }
    },
  ]
}
