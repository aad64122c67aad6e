internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// GLM 4.5, 4.6 and 4.7: experts chosen by the logistic function, half of each head turns.
  package static let glm4MoE = Architecture(
    name: "glm4moe",
    configurationNames: [
      "Glm4MoeForCausalLM", "SolarOpenForCausalLM", "Glm4vMoeForConditionalGeneration",
    ], computations: [.glm4MoE, .solarOpen, .glm4VMoE],
    defaults: [
      .headWidth, .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 131_072), .ropeBase(10_000),
    ],
    hyperparameters: HyperparameterRule.common.replacing(
      .count("{arch}.block_count") { (configuration) throws(ModelError) in
        try configuration.layerCount() + configuration.nextTokenLayerCount()
      }) + glm4MoESizes,
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.attentionNorm()
      + [.layer("post_attention_layernorm.weight", "post_attention_norm.weight")]
      + TensorRule.gatedFeedForward + TensorRule.experts + TensorRule.sharedExperts + [.choiceBias]
      + TensorRule.nextTokenLayer,
    export: .glm4MoE, vocabulary: glmVocabulary,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.biasedRouting = .sigmoid
    }, names: TensorNames { $0.nextTokenLayers = .kept })

  private static let glm4MoESizes: [HyperparameterRule] = [
    .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
      let key: ByteString = "partial_rotary_factor"
      let factor = try Configuration.number(configuration.rope[key], [key]) ?? 0.5
      let width = factor * Double(try configuration.headWidth())
      return width >= 0 && width <= Double(UInt32.max) ? Int(width) : nil
    }, .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
    .count("{arch}.expert_shared_count", "n_shared_experts"),
    .count("{arch}.leading_dense_block_count", "first_k_dense_replace"),
    .constant("{arch}.expert_gating_func", .uint32(2)),
    .number("{arch}.expert_weights_scale", "routed_scaling_factor"),
    .flag("{arch}.expert_weights_norm", "norm_topk_prob", otherwise: nil),
    .count("{arch}.nextn_predict_layers", "num_nextn_predict_layers"),
  ]

  /// Tokens that GLM's tokenizers have for turns.
  static let glmVocabulary = VocabularyKind(
    .bytePair,
    extraTokens: [
      ("bos", "[gMASK]"), ("eot", "<|user|>"), ("unk", "<|endoftext|>"),
      ("eom", "<|observation|>"),
    ])
}

extension TensorRule {
  /// What a layer that predicts a further token has beside a layer's tensors.
  static let nextTokenLayer: [TensorRule] = [
    layer("eh_proj.weight", "nextn.eh_proj.weight"),
    layer("embed_tokens.weight", "nextn.embed_tokens.weight"),
    layer("enorm.weight", "nextn.enorm.weight"), layer("hnorm.weight", "nextn.hnorm.weight"),
    layer("shared_head.head.weight", "nextn.shared_head_head.weight"),
    layer("shared_head.norm.weight", "nextn.shared_head_norm.weight"),
  ]
}

extension ConfigurationExport {
  /// Norms on the heads in the larger models only.
  static let glm4MoE = ConfigurationExport(
    "glm4_moe", "Glm4MoeForCausalLM", keys: ["n_routed_experts"],
    [
      .attentionBias, .partialRotary, .has("use_qk_norm", "blk.0.attn_q_norm.weight"),
      .computed("num_hidden_layers") { facts in
        facts.integer("block_count").map {
          .integer($0 - (facts.integer("nextn_predict_layers") ?? 0))
        }
      },
    ])
}

extension FamilyComputation {
  /// As `Glm4vMoeTextModel`, whose heads have biases and no norms.
  static let glm4VMoE = FamilyComputation(
    "Glm4vMoeForConditionalGeneration", rules: glm4MoE.rules, sizes: glm4MoE.sizes,
    incidental: glm4MoE.incidental.union(imageKeys),
    optionalTensors: OptionalTensors.inputBiases("attention_bias", otherwise: true) + [
      OptionalTensors(nil, in: "model.layers.{n}.self_attn.", ["q_norm.weight", "k_norm.weight"])
    ])
}
