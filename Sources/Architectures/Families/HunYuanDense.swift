internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Architecture {
  /// Hunyuan without experts: heads are normalized after they are turned.
  package static let hunYuanDense = Architecture(
    name: "hunyuan-dense", configurationNames: ["HunYuanDenseV1ForCausalLM"],
    computations: [.hunYuanDense],
    defaults: [
      .headWidth, .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common.filter {
      $0.key != "{arch}.rope.freq_base" && $0.key != "{arch}.context_length"
    }.inserting(
      [
        .count("{arch}.context_length") { (configuration) throws(ModelError) in
          // No length follows from alpha; it is what Tencent trained (conversion/hunyuan.py).
          if configuration.ropeType == "dynamic" { return 256 * 1024 }
          return try configuration.optionalCount("max_position_embeddings")
        }
      ], after: "{arch}.block_count"
    ).inserting([.alphaBase], before: "{arch}.attention.layer_norm_rms_epsilon")
      + [
        HyperparameterRule("{arch}.rope.scaling.type") { configuration in
          ["dynamic", "xdrope"].contains(configuration.ropeType) ? .string("none") : nil
        },
        .number("{arch}.rope.scaling.factor") { configuration in
          ["dynamic", "xdrope"].contains(configuration.ropeType) ? 1 : nil
        },
        .count("{arch}.rope.scaling.original_context_length") { configuration in
          configuration.ropeType == "dynamic" ? 256 * 1024 : nil
        },
      ],
    tensors: [.tied] + TensorRule.embeddings() + TensorRule.attention()
      + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.gatedFeedForward + [
        .layer("self_attn.query_layernorm.weight", "attn_q_norm.weight"),
        .layer("self_attn.key_layernorm.weight", "attn_k_norm.weight"),
      ],
    closing: [
      .count("tokenizer.ggml.eos_token_id", "eod_token_id")
    ],
    export: .hunYuanDense, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.normalizesRotated = true
    })
}

extension HyperparameterRule {
  /// The base, stretched by alpha: NTK-aware scaling for any context.
  fileprivate static let alphaBase = HyperparameterRule.number("{arch}.rope.freq_base") {
    (configuration) throws(ModelError) in
    let base = try Configuration.number(configuration.rope["rope_theta"], ["rope_theta"]) ?? 10_000
    guard ["dynamic", "xdrope"].contains(configuration.ropeType) else { return base }
    let alpha = try Configuration.number(configuration.rope["alpha"], ["alpha"]) ?? 50
    let width = Double(try configuration.headWidth())
    guard width > 2 else { return base }
    return base * pow(alpha, width / (width - 2))
  }
}

extension TensorRule {
  /// An output that repeats the embeddings.
  fileprivate static let tied = TensorRule.unused("lm_head.weight") {
    $0["tie_word_embeddings"]?.bool ?? false
  }
}

extension ConfigurationExport {
  /// The base is written as it was stretched.
  static let hunYuanDense = ConfigurationExport(
    "hunyuan_v1_dense", "HunYuanDenseV1ForCausalLM", [.attentionBias, .networkBias])
}
