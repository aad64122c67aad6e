internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// LFM2: short convolutions in most layers, attention in some.
  package static let lfm2 = Architecture(
    name: "lfm2", configurationNames: ["Lfm2ForCausalLM", "LFM2ForCausalLM"], computations: [.lfm2],
    defaults: lfm2Defaults,
    hyperparameters: HyperparameterRule.common.replacing(lfm2KeyHeads).replacing(
      .count("{arch}.feed_forward_length", reading: ["intermediate_size", "block_ff_dim"]) {
        (configuration) throws(ModelError) in try lfm2Width(configuration)
      }) + lfm2Closing,
    tensors: lfm2Tensors, export: .lfm2, vocabulary: .bytePair, traits: lfm2Traits,
    names: lfm2Names)

  /// The same for embeddings of texts, which sees both sides.
  package static let lfm2Embedding = Architecture(
    name: "lfm2", configurationNames: ["Lfm2BidirectionalModel"], computations: [.lfm2Embedding],
    defaults: lfm2Defaults,
    hyperparameters: lfm2.hyperparameters + [.bothSides, .poolingType], tensors: lfm2Tensors,
    vocabulary: .bytePair, names: lfm2Names)

  /// The same with experts.
  package static let lfm2MoE = Architecture(
    name: "lfm2moe", configurationNames: ["Lfm2MoeForCausalLM"], computations: [.lfm2MoE],
    defaults: lfm2Defaults,
    hyperparameters: HyperparameterRule.common.replacing(lfm2KeyHeads) + [
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count("{arch}.leading_dense_block_count", "num_dense_layers"),
      .constant("{arch}.expert_gating_func", .uint32(2)),
    ] + lfm2Closing,
    tensors: lfm2Tensors + [
      .layer("feed_forward.gate.weight", "ffn_gate_inp.weight"),
      .layer("feed_forward.expert_bias", "exp_probs_b.bias"),
      .layer("feed_forward.experts.{e}.w1.weight", "ffn_gate_exps.weight"),
      .layer("feed_forward.experts.{e}.w2.weight", "ffn_down_exps.weight"),
      .layer("feed_forward.experts.{e}.w3.weight", "ffn_up_exps.weight"),
    ] + TensorRule.stackedExperts("feed_forward.experts"),
    export: .lfm2MoE, vocabulary: .bytePair, traits: lfm2Traits, names: lfm2Names)

  private static let lfm2Defaults: [ConfigurationDefault] = [
    .keyValueHeads, ConfigurationDefault("norm_eps", 1e-5), .ropeBase(1_000_000),
    ConfigurationDefault("max_position_embeddings", 128_000),
    ConfigurationDefault("conv_L_cache", 3),
    ConfigurationDefault("layer_types") { configuration in
      guard let layers = try? configuration.layerCount() else { return nil }
      let full = configuration["full_attn_idxs"]?.array?.compactMap(\.integer)
      return .array(
        (0..<layers).map { full?.contains($0) ?? true ? "full_attention" : "conv" })
    },
  ]

  private static let lfm2Traits = DecoderTraits {
    $0.rotary = .halves
    $0.arrangement = .sequential
    $0.finalNorm = "token_embd_norm"
    $0.routing = .sigmoid
    $0.biasedRouting = .sigmoid
  }

  /// The text model of one that hears is called `lfm`.
  private static let lfm2Names = TensorNames {
    $0.renamed = { (name, _) in
      name.hasPrefix("lfm.") ? ByteString(Array("model.".utf8) + name.bytes.dropFirst(4)) : name
    }
  }

  private static let lfm2KeyHeads = HyperparameterRule("{arch}.attention.head_count_kv") {
    (configuration) throws(ModelError) in
    let heads = Int32(clamping: try configuration.keyValueHeadCount())
    let types = configuration["layer_types"]?.array ?? []
    return .array(.int32(types.map { $0.text == "conv" ? 0 : heads }))
  }

  private static let lfm2Closing: [HyperparameterRule] = [
    .vocabularySize, .count("{arch}.shortconv.l_cache", "conv_L_cache"),
  ]

  /// The width of the network: two thirds of what is named, rounded up, where it says so.
  private static func lfm2Width(_ configuration: Configuration) throws(ModelError) -> Int {
    let width = try configuration.count("block_ff_dim", "intermediate_size")
    guard configuration["block_auto_adjust_ff_dim"]?.bool ?? true else { return width }
    let multiple = max(1, try configuration.optionalCount("block_multiple_of") ?? 256)
    let factor = try configuration.optionalNumber("block_ffn_dim_multiplier")
    let scaled = factor.map { $0 * Double(2 * width / 3) } ?? Double(2 * width / 3)
    guard scaled >= 0, scaled <= Double(UInt32.max) else {
      throw ModelError(
        .invalidMetadata, "config.json", "'block_ffn_dim_multiplier' leads to no width")
    }
    return (Int(scaled) + multiple - 1) / multiple * multiple
  }

  private static let lfm2Tensors: [TensorRule] = [
    .tiedOutput, TensorRule("lm_head.weight", "output.weight"),
    TensorRule("model.embed_tokens.weight", "token_embd.weight"),
    // It stands behind the last layer, whatever it is called.
    TensorRule("model.embedding_norm.weight", "token_embd_norm.weight"),
    .layer("conv.conv.weight", "shortconv.conv.weight", .squeeze),
    .layer("conv.conv.bias", "shortconv.conv.bias"),
    .layer("conv.in_proj.{s}", "shortconv.in_proj.{s}"),
    .layer("conv.out_proj.{s}", "shortconv.out_proj.{s}"),
    .layer("feed_forward.w1.weight", "ffn_gate.weight"),
    .layer("feed_forward.w2.weight", "ffn_down.weight"),
    .layer("feed_forward.w3.weight", "ffn_up.weight"),
    .layer("ffn_norm.weight", "ffn_norm.weight"),
    .layer("operator_norm.weight", "attn_norm.weight"),
    .layer("self_attn.q_layernorm.weight", "attn_q_norm.weight"),
    .layer("self_attn.k_layernorm.weight", "attn_k_norm.weight"),
    .layer("self_attn.q_proj.weight", "attn_q.weight"),
    .layer("self_attn.k_proj.weight", "attn_k.weight"),
    .layer("self_attn.v_proj.weight", "attn_v.weight"),
    .layer("self_attn.out_proj.weight", "attn_output.weight"),
  ]
}

extension ConfigurationExport {
  private static let lfm2Entries: [Entry] = [
    .computed("layer_types") { facts in
      let layers = facts.integer("block_count") ?? 0
      let full = Set(facts.layers("attn_q.weight"))
      return .array((0..<max(0, layers)).map { full.contains($0) ? "full_attention" : "conv" })
    },
    .attentionKeyHeads,
    .number("norm_eps", "attention.layer_norm_rms_epsilon"),
    .computed("conv_bias") { facts in
      .bool(
        facts.layers("shortconv.in_proj.weight").first.map {
          facts.has("blk.\($0).shortconv.in_proj.bias")
        } ?? false)
    },
  ]

  /// The width of the network as it is.
  static let lfm2 = ConfigurationExport(
    "lfm2", "Lfm2ForCausalLM",
    lfm2Entries + [.constant("block_auto_adjust_ff_dim", false)])

  /// With experts; the bias of their choice may be missing.
  static let lfm2MoE = ConfigurationExport(
    "lfm2_moe", "Lfm2MoeForCausalLM", keys: ["num_experts"],
    lfm2Entries + [
      .computed("use_expert_bias") { facts in .bool(!facts.layers("exp_probs_b.bias").isEmpty) }
    ])
}

extension FamilyComputation {
  /// LFM2 that sees both sides, whatever its configuration says.
  static let lfm2Embedding = FamilyComputation(
    "Lfm2BidirectionalModel",
    rules: lfm2.rules.filter { $0.keys != ComputationRule.causal.keys } + [.always(.causal(false))],
    sizes: lfm2.sizes, incidental: lfm2.incidental.union(["is_causal"]),
    optionalTensors: lfm2.optionalTensors, headBias: nil, tiesHead: true)
}
