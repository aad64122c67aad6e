internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Falcon 7B to 180B: query, key and value fused group by group.
  package static let falcon = Architecture(
    name: "falcon", configurationNames: ["FalconForCausalLM", "RWForCausalLM"],
    computations: [.falcon],
    defaults: [ConfigurationDefault("layer_norm_epsilon", 1e-5)],
    hyperparameters: [
      // The length is not in config.json.
      .constant("{arch}.context_length", .uint32(2048)),
      .constant("{arch}.tensor_data_layout", .string("jploski")), .embeddingLength,
      .feedForwardLength(times: 4), .blockCount, .headCount,
      .count("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
        try falconKeyHeads(configuration)
      }, .number("{arch}.attention.layer_norm_epsilon", "layer_norm_epsilon"), .fileType,
    ],
    tensors: [
      TensorRule("transformer.word_embeddings.weight", "token_embd.weight"),
      TensorRule("transformer.ln_f.{s}", "output_norm.{s}"),
      TensorRule("lm_head.weight", "output.weight"),
      block("input_layernorm.{s}", "attn_norm.{s}")
        .reversed(without: "blk.{n}.attn_norm_2.{s}"),
      // Falcon RW, whose network follows attention.
      block("post_attention_layernorm.{s}", "ffn_norm.{s}"),
      block("ln_attn.{s}", "attn_norm_2.{s}"), block("ln_mlp.{s}", "attn_norm.{s}"),
      block("self_attention.query_key_value.{s}", "attn_qkv.{s}", .ungroupFalcon),
      block("self_attention.dense.{s}", "attn_output.{s}"),
      block("mlp.dense_h_to_4h.{s}", "ffn_up.{s}"), block("mlp.dense_4h_to_h.{s}", "ffn_down.{s}"),
    ],
    export: .falcon, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.activation = .geluErf
      $0.arrangement = .parallel
    },
    quantization: QuantizationTraits { $0.isFalcon = true })

  private static func block(
    _ source: String, _ target: String, _ changes: TensorChange...
  ) -> TensorRule {
    TensorRule("transformer.h.{n}." + source, outputs: [.init("blk.{n}." + target, changes)])
  }

  /// The number of key heads, under both names that it has had.
  static func falconKeyHeads(_ configuration: Configuration) throws(ModelError) -> Int {
    if configuration["new_decoder_architecture"]?.bool != true,
      configuration["multi_query"]?.bool ?? true
    {
      return 1
    }
    return try configuration.optionalCount("num_kv_heads", "n_head_kv") ?? 1
  }
}

extension TensorChange {
  /// Groups of queries, each with a key and a value behind, become all queries, all keys, all values.
  fileprivate static let ungroupFalcon = TensorChange.arrange {
    (configuration, shape) throws(ModelError) in
    let heads = try configuration.headCount()
    let groups = try Architecture.falconKeyHeads(configuration)
    let width = try configuration.width() / heads
    guard heads % groups == 0, shape.dimensions.first == (heads + 2 * groups) * width else {
      throw ModelError(
        .shapeMismatch, "config.json", "\(shape) is not \(groups) groups of \(heads) heads")
    }
    let queries = heads / groups
    return RowArrangement(
      [0..<queries, queries..<queries + 1, queries + 1..<queries + 2].map { part in
        .init([groups, queries + 2, width], ranges: [0..<groups, part, 0..<width])
      })
  }
}

extension ConfigurationExport {
  /// Two norms, or groups of keys, are the newer decoder.
  static let falcon = ConfigurationExport(
    "falcon", "FalconForCausalLM",
    [
      .computed("new_decoder_architecture") { .bool(isNewFalcon($0)) },
      .computed("multi_query") { facts in
        .bool(facts.integer("attention.head_count_kv") ?? 1 == 1)
      },
      .integer("num_kv_heads", "attention.head_count_kv"),
      .computed("num_ln_in_parallel_attn") { facts in
        guard isNewFalcon(facts) else { return .null }
        return .integer(facts.has("blk.0.attn_norm_2.weight") ? 2 : 1)
      }, .has("bias", "blk.0.attn_qkv.bias"), .rows("ffn_hidden_size", "blk.0.ffn_up.weight"),
      .constant("parallel_attn", true), .constant("alibi", false),
    ])

  private static func isNewFalcon(_ facts: ExportFacts) -> Bool {
    facts.has("blk.0.attn_norm_2.weight") || facts.integer("attention.head_count_kv") ?? 1 > 1
  }
}
