internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Granite 4 H: Mamba 2 in most layers, attention without positions in some, experts in all.
  package static let graniteHybrid = graniteFour(
    name: "granitehybrid", export: .graniteHybrid, multiple: 8
  ) { graniteKinds($0)?.contains(false) ?? true }

  /// Granite 4 without state spaces: Granite under the names of the hybrid.
  package static let graniteFourDense = graniteFour(name: "granite", export: nil, multiple: 1) {
    graniteKinds($0)?.contains(false) == false && !graniteChooses($0)
  }

  /// The same with experts.
  package static let graniteFourMoE = graniteFour(name: "granitemoe", export: nil, multiple: 1) {
    graniteKinds($0)?.contains(false) == false && graniteChooses($0)
  }

  /// Bamba: the same mixers with rotary positions, a plain network and no scales.
  package static let bamba = Architecture(
    name: "granitehybrid", configurationNames: ["BambaForCausalLM"], computations: [.bamba],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 262_144), .ropeBase(10_000),
      ConfigurationDefault("attn_rotary_emb") { configuration in
        guard let width = try? configuration.headWidth() else { return nil }
        return .integer(Int(Double(width) * bambaFactor(configuration)))
      },
    ],
    hyperparameters: HyperparameterRule.common.without(
      "{arch}.attention.key_length", "{arch}.attention.value_length"
    ).replacing(graniteKeyHeads) + [
      .vocabularySize, .count("{arch}.rope.dimension_count", "attn_rotary_emb"),
    ] + graniteMixer + [.constant("{arch}.rope.scaling.finetuned", .bool(true))],
    tensors: bambaTensors, export: .bamba, vocabulary: VocabularyKind(.bytePair, multiple: 8))

  private static func graniteFour(
    name: String, export: ConfigurationExport?, multiple: Int,
    applies: @escaping @Sendable (Configuration) -> Bool
  ) -> Architecture {
    var hyperparameters =
      (granite.hyperparameters + [
        .count("{arch}.expert_shared_feed_forward_length", "shared_intermediate_size")
      ] + graniteMixer + [
        HyperparameterRule("{arch}.rope.scaling.finetuned") { configuration in
          .bool(graniteKinds(configuration)?.contains(false) == false)
        }
      ]).replacing(graniteKeyHeads)
    if name == "granitehybrid" {
      // No limit is known where there are no positions.
      hyperparameters = hyperparameters.replacing(
        .constant("{arch}.context_length", .uint32(1 << 20)))
    }
    return Architecture(
      name: name, configurationNames: ["GraniteMoeHybridForCausalLM"],
      computations: name == "granitehybrid" ? [.graniteHybrid] : [], defaults: granite.defaults,
      hyperparameters: hyperparameters,
      tensors: graniteMoE.tensors.filter { !$0.source.text.contains("shared_mlp") }
        + halves(["ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp"]) { graniteHasExperts($0) }
        + halves(["ffn_gate", "ffn_up", "ffn_down"]) { !graniteHasExperts($0) }
        + TensorRule.mamba2Mixer("model.layers.{n}.mamba."),
      closing: granite.closing, export: export,
      vocabulary: VocabularyKind(.bytePair, multiple: multiple),
      traits: DecoderTraits {
        $0.dividesByLogitScale = true
        $0.rotatesIfFinetuned = true
        $0.arrangement = .sequential
      }, applies: applies)
  }

  private static func graniteHasExperts(_ configuration: Configuration) -> Bool {
    (configuration["num_local_experts"]?.integer ?? 0) > 0
  }

  private static func graniteChooses(_ configuration: Configuration) -> Bool {
    (configuration["num_experts_per_tok", "num_experts_per_token"]?.integer ?? 0) > 0
  }

  /// Which layers have attention; nil where `config.json` does not say.
  private static func graniteKinds(_ configuration: Configuration) -> [Bool]? {
    configuration["layer_types", "layers_block_type"]?.array?.map {
      $0.text == "attention" || $0.text == "full_attention"
    } ?? graniteIndices(configuration)
  }

  /// The same where layers with attention are listed, or every n-th has it.
  private static func graniteIndices(_ configuration: Configuration) -> [Bool]? {
    guard let layers = try? configuration.layerCount(), layers < 1 << 16 else { return nil }
    if let list = configuration["attn_layer_indices"]?.array, !list.isEmpty {
      let indices = Set(list.compactMap(\.integer))
      return (0..<layers).map { indices.contains($0) }
    }
    guard let period = configuration["attn_layer_period"]?.integer, period > 0 else { return nil }
    let offset = configuration["attn_layer_offset"]?.integer ?? 0
    return (0..<layers).map { $0 % period == offset }
  }

  private static let graniteKeyHeads = HyperparameterRule("{arch}.attention.head_count_kv") {
    (configuration) throws(ModelError) in
    let heads = try configuration.keyValueHeadCount()
    guard let kinds = graniteKinds(configuration) else { return .uint32(UInt32(heads)) }
    return .array(.int32(kinds.map { $0 ? Int32(clamping: heads) : 0 }))
  }

  private static let graniteMixer: [HyperparameterRule] = [
    .count("{arch}.ssm.conv_kernel", "mamba_d_conv"),
    .count("{arch}.ssm.state_size", "mamba_d_state"),
    .count("{arch}.ssm.group_count", "mamba_n_groups"),
    .count("{arch}.ssm.inner_size") { (configuration) throws(ModelError) in
      if let expand = try configuration.optionalCount("mamba_expand") {
        return try expand * configuration.width()
      }
      return try configuration.count("mamba_n_heads") * configuration.count("mamba_d_head")
    }, .count("{arch}.ssm.time_step_rank", "mamba_n_heads"),
  ]

  private static func halves(
    _ names: [String], when condition: @escaping @Sendable (Configuration) -> Bool
  ) -> [TensorRule] {
    [
      TensorRule(
        "model.layers.{n}.shared_mlp.input_linear.weight",
        outputs: [
          .init("blk.{n}.\(names[0]).weight", [.part(0, of: 2)]),
          .init("blk.{n}.\(names[1]).weight", [.part(1, of: 2)]),
        ], when: condition),
      TensorRule(
        "model.layers.{n}.shared_mlp.output_linear.weight",
        outputs: [.init("blk.{n}.\(names[2]).weight")], when: condition),
    ]
  }

  private static func bambaFactor(_ configuration: Configuration) -> Double {
    configuration.rope["partial_rotary_factor"]?.double
      ?? configuration["partial_rotary_factor"]?.double ?? 0.5
  }

  /// Whether only a part of each head turns.
  ///
  /// The converter reorders rows as if the whole head did, so that readers of the file turn other rows.
  static func bambaTurnsInPart(_ configuration: Configuration) throws(ModelError) -> Bool {
    let width = try configuration.headWidth()
    return Int(Double(width) * bambaFactor(configuration)) < width
  }

  private static let bambaTensors: [TensorRule] =
    [
      TensorRule("model.embed_tokens.weight", "token_embd.weight"),
      TensorRule("model.final_layernorm.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"),
    ]
    + TensorRule.attention(
      .forReaders(.permuteQuery) { (configuration) throws(ModelError) in
        try bambaTurnsInPart(configuration)
      },
      .forReaders(.permuteKey) { (configuration) throws(ModelError) in
        try bambaTurnsInPart(configuration)
      }) + TensorRule.attentionNorm() + [
      .layer("pre_ff_layernorm.weight", "ffn_norm.weight"),
      .layer("feed_forward.gate_proj.{s}", "ffn_gate.{s}"),
      .layer("feed_forward.up_proj.{s}", "ffn_up.{s}"),
      .layer("feed_forward.down_proj.{s}", "ffn_down.{s}"),
    ] + TensorRule.mamba2Mixer("model.layers.{n}.mamba.")
}

extension ConfigurationExport {
  private static let graniteMixer: [Entry] = [
    .attentionKeyHeads, .integer("mamba_n_heads", "ssm.time_step_rank"),
    .computed("mamba_d_head") { facts in
      guard let inner = facts.integer("ssm.inner_size"),
        let heads = facts.integer("ssm.time_step_rank"), heads > 0
      else { return nil }
      return .integer(inner / heads)
    },
    .computed("mamba_expand") { facts in
      guard let inner = facts.integer("ssm.inner_size"),
        let width = facts.integer("embedding_length"), width > 0
      else { return nil }
      return .integer(inner / width)
    },
    .computed("mamba_conv_bias") { .bool(!$0.layers("ssm_conv1d.bias").isEmpty) },
    .computed("mamba_proj_bias") { .bool(!$0.layers("ssm_in.bias").isEmpty) },
    .computed("attention_bias") { .bool(!$0.layers("attn_q.bias").isEmpty) },
  ]

  private static func isBamba(_ facts: ExportFacts) -> Bool {
    facts["rope.scaling.finetuned"]?.bool == true && facts.number("embedding_scale") == nil
  }

  /// Kinds of layers as the tensors show them.
  static let graniteHybrid = ConfigurationExport(
    { isBamba($0) ? nil : .init("granitemoehybrid", "GraniteMoeHybridForCausalLM") },
    graniteMixer + graniteScales + [
      .computed("layer_types") { facts in
        let full = Set(facts.layers("attn_q.weight"))
        let layers = facts.integer("block_count") ?? 0
        return .array((0..<max(0, layers)).map { full.contains($0) ? "attention" : "mamba" })
      },
      .computed("shared_intermediate_size") { facts in
        let rows = facts.rows("blk.0.ffn_up_shexp.weight") ?? facts.rows("blk.0.ffn_up.weight")
        return rows.map { .integer($0) }
      }, .computed("num_local_experts") { .integer($0.integer("expert_count") ?? 0) },
      .computed("position_embedding_type") { facts in
        facts["rope.scaling.finetuned"]?.bool == true ? "rope" : "nope"
      },
    ])

  /// Bamba, which has no scales.
  static let bamba = ConfigurationExport(
    { isBamba($0) ? .init("bamba", "BambaForCausalLM") : nil },
    graniteMixer + [
      .networkBias,
      .computed("attn_layer_indices") { facts in
        .array(facts.layers("attn_q.weight").map { .integer($0) })
      },
      .computed("rope_parameters") { facts in
        guard let turning = facts.integer("rope.dimension_count"), let width = facts.headWidth,
          width > 0
        else { return nil }
        return [
          "rope_type": "default", "rope_theta": facts.ropeBase ?? .double(10_000),
          "partial_rotary_factor": .double(Double(turning) / Double(width)),
        ]
      },
    ])
}

extension ConfigurationExport.Entry {
  /// Key heads of the layers that have attention, where others have none.
  static let attentionKeyHeads = computed("num_key_value_heads") { facts in
    guard let list = facts["attention.head_count_kv"]?.array else {
      return facts.integer("attention.head_count_kv").map { .integer($0) }
    }
    return (0..<list.count).lazy.compactMap { list.number($0)?.integer }.first { $0 > 0 }
      .map { .integer($0) }
  }
}
