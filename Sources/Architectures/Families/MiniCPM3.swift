internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// MiniCPM 3: latent attention, and factors that readers of GGUF take from the program, not the file
  /// (src/models/minicpm3.cpp).
  package static let miniCPM3 = Architecture(
    name: "minicpm3", configurationNames: ["MiniCPM3ForCausalLM"], computations: [.miniCPM3],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 32_768), .ropeBase(10_000),
      ConfigurationDefault("q_lora_rank", 768), ConfigurationDefault("kv_lora_rank", 256),
      ConfigurationDefault("qk_nope_head_dim", 64), ConfigurationDefault("qk_rope_head_dim", 32),
    ],
    hyperparameters: [
      .fileType, .count("{arch}.context_length", "max_position_embeddings"), .embeddingLength,
      .blockCount, .count("{arch}.feed_forward_length", "intermediate_size"), .headCount,
      .keyValueHeadCount, .number("{arch}.attention.layer_norm_rms_epsilon", "rms_norm_eps"),
      .vocabularySize, .count("{arch}.attention.q_lora_rank", "q_lora_rank"),
      .count("{arch}.attention.kv_lora_rank", "kv_lora_rank"),
      .count("{arch}.attention.key_length") { (configuration) throws(ModelError) in
        try configuration.count("qk_nope_head_dim") + configuration.count("qk_rope_head_dim")
      },
      // Readers take the width that all heads share for it, unless it is said.
      .count("{arch}.attention.value_length") { (configuration) throws(ModelError) in
        guard let value = try configuration.optionalCount("v_head_dim"),
          try value * configuration.count("num_attention_heads")
            != configuration.count("hidden_size")
        else { return nil }
        return value
      }, .count("{arch}.rope.dimension_count", "qk_rope_head_dim"),
    ],
    tensors: [.tiedOutput]
      + deepSeekNetwork.filter { $0.source.text != "lm_head.weight" }
      + deepSeekTensors.filter { !$0.source.text.contains("kv_b_proj") }
      + [.layer("self_attn.kv_b_proj.weight", "attn_kv_b.weight")],
    generated: [.miniCPMFactors("long"), .miniCPMFactors("short")], export: .miniCPM3,
    vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.embeddingScale = 12
      $0.residualScale = { Float(1.4 / Double($0.layerCount).squareRoot()) }
      $0.logitScale = { 256 / Float($0.width) }
    })
}

extension GeneratedTensor {
  /// Factors that divide the frequencies, for texts beyond the trained length or within it.
  fileprivate static func miniCPMFactors(_ kind: String) -> GeneratedTensor {
    GeneratedTensor("rope_factors_\(kind).weight") { (configuration) throws(ModelError) in
      let key = ByteString("\(kind)_factor")
      guard let list = configuration.rope[key]?.array else { return nil }
      let width = try configuration.count("qk_rope_head_dim")
      let factors = list.compactMap(\.double).map { Float($0) }
      guard factors.count == list.count, factors.count == width / 2 else {
        throw ModelError(
          .invalidMetadata, "config.json", "'\(key)' must be \(width / 2) numbers")
      }
      return factors
    }
  }
}

extension ConfigurationExport {
  /// With the factors that readers of GGUF compute with.
  static let miniCPM3 = ConfigurationExport(
    "minicpm3", "MiniCPM3ForCausalLM",
    [
      .latentPlainWidth, .constant("scale_emb", 12), .constant("scale_depth", 1.4),
      .constant("dim_model_base", 256),
      .computed("v_head_dim") { facts in
        if let value = facts.integer("attention.value_length") { return .integer(value) }
        guard let width = facts.integer("embedding_length"),
          let heads = facts.integer("attention.head_count"), heads > 0
        else { return nil }
        return .integer(width / heads)
      },
      .has("attention_bias", "blk.0.attn_kv_a_mqa.bias"), .networkBias,
    ])
}
