internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// T5 with encoder and decoder, and what is built like it: Flan-T5, CodeT5, mT5, UMT5.
  package static let t5 = Architecture(
    name: "t5",
    configurationNames: [
      "T5ForConditionalGeneration", "T5WithLMHeadModel", "MT5ForConditionalGeneration",
      "UMT5ForConditionalGeneration", "UMT5Model",
    ], computations: [.t5, .mt5],
    defaults: t5Defaults,
    hyperparameters: t5Keys.inserting(
      [
        .count("{arch}.decoder_block_count") { (configuration) throws(ModelError) in
          try configuration.decoderLayerCount()
        }
      ], after: "{arch}.block_count"
    ).inserting(
      [
        .count("{arch}.decoder_start_token_id") { (configuration) throws(ModelError) in
          try configuration.optionalCount("decoder_start_token_id", "pad_token_id") ?? 0
        }
      ], before: "general.file_type"),
    tensors: t5Embeddings + t5Stack("encoder", "enc") + t5Stack("decoder", "dec") + [
      TensorRule("lm_head.weight", "output.weight")
    ],
    export: .t5, vocabulary: .sentencePiece,
    traits: DecoderTraits {
      t5Traits(&$0)
      $0.layerPrefix = "dec."
      $0.encoderPrefix = "enc."
    }, names: TensorNames { $0.base = "" })

  /// T5's encoder alone.
  package static let t5Encoder = Architecture(
    name: "t5encoder", configurationNames: ["T5EncoderModel"], computations: [.t5Encoder],
    defaults: t5Defaults,
    hyperparameters: t5Keys, tensors: t5Embeddings + t5Stack("encoder", "enc"),
    export: .t5Encoder, vocabulary: .sentencePiece,
    traits: DecoderTraits {
      t5Traits(&$0)
      $0.layerPrefix = "enc."
      $0.isEncoder = true
    }, names: TensorNames { $0.base = "" })

  private static func t5Traits(_ traits: inout DecoderTraits) {
    traits.rotary = nil
    // Gated networks are those of version 1.1 and later (src/models/t5.cpp).
    traits.activation = .geluTanh
    traits.ungatedActivation = .relu
    traits.scoreScale = { _ in 1 }
  }

  private static let t5Defaults: [ConfigurationDefault] = [
    ConfigurationDefault("d_model", 512), ConfigurationDefault("d_kv", 64),
    ConfigurationDefault("d_ff", 2048), ConfigurationDefault("num_layers", 6),
    ConfigurationDefault("num_heads", 8),
    ConfigurationDefault("num_attention_heads", from: { $0["num_heads"] }),
    ConfigurationDefault("relative_attention_num_buckets", 32),
    ConfigurationDefault("layer_norm_epsilon", 1e-6), ConfigurationDefault("n_positions", 512),
  ]

  private static let t5Keys: [HyperparameterRule] = [
    .count("{arch}.context_length", "n_positions"),
    .count("{arch}.embedding_length", "d_model"), .count("{arch}.feed_forward_length", "d_ff"),
    .count("{arch}.block_count", "num_layers", "num_hidden_layers"),
    .count("{arch}.attention.head_count", "num_heads", "num_attention_heads"),
    .count("{arch}.attention.key_length", "d_kv"), .count("{arch}.attention.value_length", "d_kv"),
    .number("{arch}.attention.layer_norm_epsilon", "layer_norm_epsilon"),
    .count("{arch}.attention.relative_buckets_count", "relative_attention_num_buckets"),
    .number("{arch}.attention.layer_norm_rms_epsilon", "layer_norm_epsilon"), .fileType,
  ]

  /// The embeddings, of which a checkpoint may hold up to three copies: the first counts.
  private static let t5Embeddings: [TensorRule] = [
    TensorRule("shared.weight", "token_embd.weight").unlessThere,
    TensorRule("encoder.embed_tokens.weight", "token_embd.weight").unlessThere.readOnly,
    TensorRule("decoder.embed_tokens.weight", "token_embd.weight").unlessThere.readOnly,
  ]

  private static func t5Stack(_ source: String, _ target: String) -> [TensorRule] {
    let isDecoder = target == "dec"
    let network = isDecoder ? 2 : 1
    var names: [(String, String)] = [
      ("0.SelfAttention.relative_attention_bias", "attn_rel_b"), ("0.layer_norm", "attn_norm"),
      ("\(network).DenseReluDense.wi_0", "ffn_gate"), ("\(network).DenseReluDense.wi_1", "ffn_up"),
      ("\(network).DenseReluDense.wo", "ffn_down"), ("\(network).layer_norm", "ffn_norm"),
    ]
    for part in ["q", "k", "v", "o"] {
      names.append(("0.SelfAttention.\(part)", "attn_\(part)"))
      if isDecoder { names.append(("1.EncDecAttention.\(part)", "cross_attn_\(part)")) }
    }
    if isDecoder {
      names.append(("1.layer_norm", "cross_attn_norm"))
      names.append(("1.EncDecAttention.relative_attention_bias", "cross_attn_rel_b"))
    }
    let layer = names.map { name, other in
      TensorRule(
        "\(source).block.{n}.layer.\(name).weight", "\(target).blk.{n}.\(other).weight")
    }
    // On the way back the first rule that applies counts.
    let plain = TensorRule(
      "\(source).block.{n}.layer.\(network).DenseReluDense.wi.weight",
      "\(target).blk.{n}.ffn_up.weight"
    ).reversed(without: "\(target).blk.{n}.ffn_gate.weight")
    return [plain] + layer + [
      TensorRule("\(source).final_layer_norm.weight", "\(target).output_norm.weight")
    ]
  }
}

extension Configuration {
  /// Layers of T5's decoder: as many as the encoder has, where nothing is said.
  func decoderLayerCount() throws(ModelError) -> Int {
    if let count = try optionalCount("num_decoder_layers") { return count }
    return try layerCount()
  }
}

extension ConfigurationExport {
  /// A class for each member would say the same.
  static let t5 = ConfigurationExport(
    { facts in
      facts.has("enc.blk.1.attn_rel_b.weight")
        ? .init("umt5", "UMT5ForConditionalGeneration") : .init("t5", "T5ForConditionalGeneration")
    }, keys: ["num_layers", "num_heads"],
    t5Entries + [
      .integer("num_decoder_layers", "decoder_block_count"),
      .constant("is_encoder_decoder", true),
      // Readers of GGUF scale nothing.
      .constant("scale_decoder_outputs", false),
      .integer("decoder_start_token_id", "decoder_start_token_id"),
    ], writesRotary: false)

  static let t5Encoder = ConfigurationExport(
    "t5", "T5EncoderModel", keys: ["num_layers", "num_heads"],
    t5Entries + [.constant("is_encoder_decoder", false), .constant("use_cache", false)],
    writesRotary: false)

  private static let t5Entries: [Entry] = [
    .computed("feed_forward_proj") { facts in
      facts.has("enc.blk.0.ffn_gate.weight") ? "gated-gelu" : "relu"
    },
    .constant("relative_attention_max_distance", 128),
  ]
}
