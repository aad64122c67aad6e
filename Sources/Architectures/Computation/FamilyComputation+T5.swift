internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// T5 and what is built like it.

extension FamilyComputation {
  static let t5 = FamilyComputation(
    "T5ForConditionalGeneration", "T5WithLMHeadModel", "UMT5ForConditionalGeneration", "UMT5Model",
    rules: t5Rules + [.t5Scale], sizes: t5Sizes, incidental: t5Incidental, tiesHead: true)

  /// Logits are not scaled, whatever the configuration says (modeling_mt5.py).
  static let mt5 = FamilyComputation(
    "MT5ForConditionalGeneration", rules: t5Rules, sizes: t5Sizes,
    incidental: t5Incidental, tiesHead: true)

  static let t5Encoder = FamilyComputation(
    "T5EncoderModel", rules: t5Rules, sizes: t5Sizes, incidental: t5Incidental, tiesHead: true)

  private static let t5Rules: [ComputationRule] = [
    .t5Activation, .epsilon("layer_norm_epsilon", 1e-6),
    ComputationRule("relative_attention_max_distance") { (configuration) throws(ModelError) in
      let key: ByteString = "relative_attention_max_distance"
      let distance = try configuration.optionalCount(key) ?? 128
      let buckets = try configuration.optionalCount("relative_attention_num_buckets") ?? 32
      guard distance > buckets / 2, buckets >= 4 else {
        throw ModelError(
          .invalidMetadata, "config.json",
          "'\(key)' is \(distance) for \(buckets) buckets: at least 4 buckets, and a distance beyond "
            + "half of them, are expected")
      }
      return [.bucketDistance(distance)]
    },
  ]

  private static let t5Sizes: Set<ByteString> = [
    "d_model", "d_kv", "d_ff", "num_layers", "num_decoder_layers", "num_heads", "n_positions",
    "num_attention_heads", "num_hidden_layers", "hidden_size", "head_dim",
    "relative_attention_num_buckets", "scale_decoder_outputs",
  ]

  /// Whether networks are gated shows in their tensors.
  private static let t5Incidental: Set<ByteString> = [
    "is_gated_act", "dropout_rate", "classifier_dropout", "initializer_factor",
  ]
}

extension ComputationRule {
  /// `gated-NAME` or `NAME`; of the gated, `gelu` is the approximation (configuration_t5.py).
  ///
  /// What transformers has made of it stands in files that it has written, and counts then.
  fileprivate static let t5Activation = ComputationRule("feed_forward_proj", "dense_act_fn") {
    (configuration) throws(ModelError) in
    let text = configuration["feed_forward_proj"]?.text ?? "relu"
    let isGated = text.hasPrefix("gated-")
    let name = isGated ? String(text.dropFirst("gated-".count)) : text
    let actual = configuration["dense_act_fn"]?.text ?? (text == "gated-gelu" ? "gelu_new" : name)
    guard let function = ActivationFunction(transformers: actual) else {
      throw ModelError(
        .invalidMetadata, "config.json", "'feed_forward_proj' is '\(actual)', which is not known")
    }
    return [.activation(function)]
  }

  /// The first T5 divides the last states by the root of their width; so does every model whose
  /// configuration does not say that its head is one of its own.
  ///
  /// Readers of GGUF scale nothing (src/models/t5.cpp), which moves no token before another: no key is
  /// named, so that it is said and not refused.
  fileprivate static let t5Scale = ComputationRule(of: []) { (configuration) throws(ModelError) in
    let isScaled =
      configuration["scale_decoder_outputs"]?.bool
      ?? (configuration["tie_word_embeddings"]?.bool != false)
    let width = Double(try configuration.optionalCount("d_model") ?? 512)
    return [.logitScale(isScaled ? Float(1 / width.squareRoot()) : 1)]
  }
}
