internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// GLM 4.7 Flash: DeepSeek's network with GLM's tokens.
  package static let glm4MoELite = Architecture(
    name: "deepseek2", configurationNames: ["Glm4MoeLiteForCausalLM"], computations: [.glm4MoELite],
    defaults: latentDefaults + [
      ConfigurationDefault("rms_norm_eps", 1e-5), ConfigurationDefault("kv_lora_rank", 512),
    ],
    hyperparameters: latentHyperparameters + [
      .count("{arch}.nextn_predict_layers") { (configuration) throws(ModelError) in
        let count = try configuration.nextTokenLayerCount()
        return count > 0 ? count : nil
      }
    ], tensors: latentTensors, vocabulary: glmVocabulary,
    names: TensorNames { $0.nextTokenLayers = .kept })

  /// DeepSeek 3.2: version 3 whose queries see the keys that a small attention chooses.
  package static let deepSeek32 = Architecture(
    name: "deepseek32", configurationNames: ["DeepseekV32ForCausalLM"],
    computations: [.latentWithIndexer],
    defaults: latentDefaults + [
      ConfigurationDefault("rms_norm_eps", 1e-6), ConfigurationDefault("kv_lora_rank", 512),
    ],
    hyperparameters: latentHyperparameters + selectorSizes, tensors: latentTensors + selector,
    export: .deepSeek32, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.biasedRouting = .sigmoid
      $0.normalizesExperts = false
    }, names: TensorNames { $0.nextTokenLayers = .kept })

  /// GLM 5: the same, whose layers may see the keys that an earlier layer has chosen.
  package static let glmDSA = Architecture(
    name: "glm-dsa", configurationNames: ["GlmMoeDsaForCausalLM"], computations: [.glmDSA],
    defaults: latentDefaults + [
      ConfigurationDefault("rms_norm_eps", 1e-5), ConfigurationDefault("kv_lora_rank", 512),
    ],
    hyperparameters: latentHyperparameters.replacing(
      .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
        let width = Double(try configuration.count("qk_rope_head_dim"))
        let key: ByteString = "partial_rotary_factor"
        let factor = try Configuration.number(configuration.rope[key], [key]) ?? 1
        return factor > 0 && factor <= 1 ? Int(width * factor) : nil
      }) + selectorSizes + [selectorTypes],
    tensors: latentTensors + selector, export: .glmDSA, vocabulary: glmVocabulary,
    traits: DecoderTraits {
      $0.biasedRouting = .sigmoid
      $0.normalizesExperts = false
      $0.selectorPairing = .interleaved
    }, names: TensorNames { $0.nextTokenLayers = .kept })

  private static let latentDefaults: [ConfigurationDefault] = [
    .ropeBase(10_000), ConfigurationDefault("scoring_func", "sigmoid"),
    // Lists of kinds, where the number of leading layers without experts is not there.
    ConfigurationDefault("first_k_dense_replace") { configuration in
      guard let types = configuration["mlp_layer_types"]?.array else { return nil }
      return .integer(types.firstIndex { $0.text != "dense" } ?? types.count)
    },
  ]

  private static let latentHyperparameters = deepSeekHyperparameters.replacing(
    .count("{arch}.block_count") { (configuration) throws(ModelError) in
      try configuration.layerCount() + configuration.nextTokenLayerCount()
    })

  private static let latentTensors =
    deepSeekNetwork + TensorRule.experts + deepSeekTensors + TensorRule.nextTokenLayer

  private static let selectorSizes: [HyperparameterRule] = [
    .count("{arch}.nextn_predict_layers", "num_nextn_predict_layers"),
    .count("{arch}.attention.indexer.head_count", "index_n_heads"),
    .count("{arch}.attention.indexer.key_length", "index_head_dim"),
    .count("{arch}.attention.indexer.top_k", "index_topk"),
  ]

  private static let selectorTypes = HyperparameterRule("{arch}.attention.indexer.types") {
    (configuration) throws(ModelError) in
    guard let types = try selectorKinds(configuration) else { return nil }
    return .array(.bool(types))
  }

  /// Which layers choose keys; nil where nothing says so.
  static func selectorKinds(_ configuration: Configuration) throws(ModelError) -> [Bool]? {
    if let types = configuration["indexer_types"]?.array { return types.map { $0.text == "full" } }
    if let pattern = configuration["index_topk_pattern"]?.string {
      return pattern.bytes.map { $0 == UInt8(ascii: "F") }
    }
    guard let every = try configuration.optionalCount("index_topk_freq"), every > 1 else {
      return nil
    }
    let offset = try configuration.optionalCount("index_skip_topk_offset") ?? 2
    return (0..<(try configuration.layerCount())).map { max(0, $0 - offset + 1) % every == 0 }
  }

  private static let selector: [TensorRule] = [
    .layer("self_attn.indexer.k_norm.{s}", "indexer.k_norm.{s}"),
    .layer("self_attn.indexer.weights_proj.weight", "indexer.proj.weight"),
    .layer("self_attn.indexer.wk.weight", "indexer.attn_k.weight"),
    .layer("self_attn.indexer.wq_b.weight", "indexer.attn_q_b.weight"),
  ]
}

extension ConfigurationExport {
  private static let latentEntries: [Entry] = [
    .integer("num_key_value_heads", "attention.head_count"),
    .integer("q_lora_rank", "attention.q_lora_rank"), .latentPlainWidth,
    .integer("qk_rope_head_dim", "rope.dimension_count"),
    .integer("head_dim", "rope.dimension_count"),
    .integer("v_head_dim", "attention.value_length_mla"),
    .integer("first_k_dense_replace", "leading_dense_block_count"),
    .integer("n_shared_experts", "expert_shared_count"),
    .computed("norm_topk_prob") { .bool($0["expert_weights_norm"]?.bool ?? false) },
    .constant("scoring_func", "sigmoid"), .constant("topk_method", "noaux_tc"),
    .has("attention_bias", "blk.0.attn_kv_a_mqa.bias"),
    .computed("num_hidden_layers") { facts in
      facts.integer("block_count").map {
        .integer($0 - (facts.integer("nextn_predict_layers") ?? 0))
      }
    },
  ]

  /// Version 3 and its indexer.
  static let deepSeek32 = ConfigurationExport(
    "deepseek_v32", "DeepseekV32ForCausalLM",
    keys: ["n_routed_experts", "moe_intermediate_size"], latentEntries)

  /// Which layers choose keys.
  static let glmDSA = ConfigurationExport(
    "glm_moe_dsa", "GlmMoeDsaForCausalLM", keys: ["n_routed_experts", "moe_intermediate_size"],
    latentEntries + [
      .computed("indexer_types") { facts in
        facts["attention.indexer.types"]?.array?.bools.map { types in
          .array(types.map { $0 ? "full" : "shared" })
        }
      }
    ])
}
