internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Qwen 3.5 and 3.6: three gated delta nets, then attention with a gate; heads of values in turns.
  package static let qwen35 = Architecture(
    name: "qwen35", configurationNames: ["Qwen3_5ForCausalLM", "Qwen3_5ForConditionalGeneration"],
    computations: [.qwen35],
    defaults: qwen35Defaults,
    hyperparameters: HyperparameterRule.nextTokenCommon + deltaNetSizes + [.usualSections],
    tensors: qwen35Tensors + TensorRule.gatedFeedForward, export: .qwen35, vocabulary: .bytePair,
    traits: qwen35Traits, names: qwen35Names)

  /// The same with experts, one of which every token sees.
  package static let qwen35MoE = Architecture(
    name: "qwen35moe",
    configurationNames: ["Qwen3_5MoeForCausalLM", "Qwen3_5MoeForConditionalGeneration"],
    computations: [.qwen35MoE],
    defaults: qwen35Defaults,
    hyperparameters: HyperparameterRule.nextTokenCommon + expertWidths + deltaNetSizes
      + [.usualSections],
    tensors: qwen35Tensors + qwenExperts, export: .qwen35MoE, vocabulary: .bytePair,
    traits: qwen35Traits,
    names: qwen35Names)

  /// Qwen 3 Next: the same, with heads of values beside those of their keys.
  package static let qwen3Next = Architecture(
    name: "qwen3next", configurationNames: ["Qwen3NextForCausalLM"], computations: [.qwen3Next],
    defaults: qwen35Defaults,
    hyperparameters: HyperparameterRule.nextTokenCommon + expertWidths + deltaNetSizes,
    tensors: deltaNetTensors(reorders: false) + [
      TensorRule(
        "model.layers.{n}.linear_attn.in_proj_qkvz.weight",
        outputs: [
          .init("blk.{n}.attn_qkv.weight", [.partsOfKeyHeads(isGate: false)]),
          .init("blk.{n}.attn_gate.weight", [.partsOfKeyHeads(isGate: true)]),
        ]), .layer("linear_attn.in_proj_ba.weight", "ssm_ba.weight"),
    ] + TensorRule.gatedFeedForward + qwenExperts, export: .qwen3Next, vocabulary: .bytePair,
    traits: qwen35Traits,
    names: qwen35Names)

  /// The text model of MiniCPM-V 4.6: the same, without layers for further tokens.
  package static let miniCPMV46 = Architecture(
    name: "qwen35", configurationNames: ["MiniCPMV4_6ForConditionalGeneration"],
    defaults: qwen35.defaults, hyperparameters: qwen35.hyperparameters, tensors: qwen35.tensors,
    vocabulary: .bytePair,
    names: TensorNames {
      $0.nextTokenLayers = .kept
      $0.leftOut += [
        .init(kind: "of the projector", prefixes: ["model.merger."]),
        .init(kind: "of layers that predict further tokens", prefixes: ["mtp"]),
      ]
    })

  private static let qwen35Defaults: [ConfigurationDefault] = [
    ConfigurationDefault("head_dim", 256), ConfigurationDefault("rms_norm_eps", 1e-6),
    ConfigurationDefault("max_position_embeddings", 32_768), .ropeBase(10_000),
    ConfigurationDefault("linear_conv_kernel_dim", 4),
    ConfigurationDefault("linear_key_head_dim", 128),
    ConfigurationDefault("linear_value_head_dim", 128),
    ConfigurationDefault("linear_num_key_heads", 16),
    ConfigurationDefault("linear_num_value_heads", 32),
  ]

  private static let qwen35Traits = DecoderTraits {
    $0.rotary = .halves
    $0.arrangement = .sequential
  }

  /// The layers behind the last are under a name of their own: `mtp.layers.0` is the one after it.
  private static let qwen35Names = TensorNames {
    $0.nextTokenLayers = .kept
    $0.wrappers.append("thinker.")
    $0.renamed = TensorNames.nextTokenBlocks
  }

  private static let deltaNetSizes: [HyperparameterRule] = [
    .count("{arch}.nextn_predict_layers") { (configuration) throws(ModelError) in
      let count = try configuration.nextTokenLayerCount()
      return count > 0 ? count : nil
    }, .count("{arch}.ssm.conv_kernel", "linear_conv_kernel_dim"),
    .count("{arch}.ssm.state_size", "linear_key_head_dim"),
    .count("{arch}.ssm.group_count", "linear_num_key_heads"),
    .count("{arch}.ssm.time_step_rank", "linear_num_value_heads"),
    .count("{arch}.ssm.inner_size") { (configuration) throws(ModelError) in
      try configuration.count("linear_value_head_dim")
        * configuration.count("linear_num_value_heads")
    },
    HyperparameterRule("{arch}.attention.recurrent_layers") { (configuration) throws(ModelError) in
      guard let types = configuration["layer_types"]?.array else { return nil }
      let further = try configuration.nextTokenLayerCount()
      return .array(
        .bool(
          types.map { $0.text == "linear_attention" } + [Bool](repeating: false, count: further)))
    },
    .count("{arch}.full_attention_interval") { (configuration) throws(ModelError) in
      try configuration.optionalCount("full_attention_interval") ?? 4
    },
    .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
      let key: ByteString = "partial_rotary_factor"
      let factor = try Configuration.number(configuration.rope[key], [key]) ?? 0.25
      let width = factor * Double(try configuration.headWidth())
      return width >= 0 && width <= Double(UInt32.max) ? Int(width) : nil
    },
  ]

  private static let qwenExperts: [TensorRule] =
    TensorRule.experts + [
      .layer("mlp.shared_expert.down_proj.weight", "ffn_down_shexp.weight"),
      .layer("mlp.shared_expert.gate_proj.weight", "ffn_gate_shexp.weight"),
      .layer("mlp.shared_expert.up_proj.weight", "ffn_up_shexp.weight"),
      .layer("mlp.shared_expert_gate.weight", "ffn_gate_inp_shexp.weight"),
    ]

  private static let qwen35Tensors: [TensorRule] =
    deltaNetTensors(reorders: true) + [
      .layer("linear_attn.in_proj_qkv.weight", "attn_qkv.weight", .valueHeadsInTurns(.afterKeys)),
      .layer("linear_attn.in_proj_z.weight", "attn_gate.weight", .valueHeadsInTurns(.all)),
      .layer("linear_attn.in_proj_a.weight", "ssm_alpha.weight", .valueHeadsInTurns(.single)),
      .layer("linear_attn.in_proj_b.weight", "ssm_beta.weight", .valueHeadsInTurns(.single)),
    ]

  private static func deltaNetTensors(reorders: Bool) -> [TensorRule] {
    func turned(_ rows: TensorChange.ValueRows) -> [TensorChange] {
      reorders ? [.valueHeadsInTurns(rows)] : []
    }
    func rule(_ source: String, _ target: String, _ changes: [TensorChange]) -> TensorRule {
      TensorRule(
        "model.layers.{n}.linear_attn." + source,
        outputs: [.init("blk.{n}." + target, changes)])
    }
    return TensorRule.embeddings(norm: .add(1)) + TensorRule.attention()
      + TensorRule.headNorms(.add(1)) + TensorRule.attentionNorm(.add(1)) + [
        .layer("post_attention_layernorm.weight", "post_attention_norm.weight", .add(1)),
        rule("A_log", "ssm_a", turned(.single) + [.negativeExponential]),
        rule("dt_bias", "ssm_dt.bias", turned(.single)),
        rule("conv1d.weight", "ssm_conv1d.weight", [.squeeze] + turned(.afterKeys)),
        rule("norm.weight", "ssm_norm.weight", []),
        rule(
          "out_proj.weight", "ssm_out.weight",
          reorders ? [.transpose, .valueHeadsInTurns(.all), .transpose] : []),
        .layer("eh_proj.weight", "nextn.eh_proj.weight"),
        .layer("enorm.weight", "nextn.enorm.weight", .add(1)),
        .layer("hnorm.weight", "nextn.hnorm.weight", .add(1)),
        .layer("shared_head.norm.weight", "nextn.shared_head_norm.weight", .add(1)),
      ]
  }
}

extension HyperparameterRule {
  /// Those of most families, with layers for further tokens counted in.
  static let nextTokenCommon = common.replacing(
    .count("{arch}.block_count") { (configuration) throws(ModelError) in
      try configuration.layerCount() + configuration.nextTokenLayerCount()
    })

  /// How positions of pictures are shared out, where `config.json` does not say; readers want it.
  fileprivate static let usualSections = HyperparameterRule("{arch}.rope.dimension_sections") {
    $0.rope["mrope_section"] == nil ? .array(.int32([11, 11, 10, 0])) : nil
  }
}

extension TensorChange {
  /// Which rows of a tensor belong to heads of values.
  enum ValueRows: Hashable, Sendable {
    /// All, as many as a head has elements.
    case all
    /// All, one for each head.
    case single
    /// Those behind queries and keys.
    case afterKeys
  }

  /// Heads of values, which stand beside those of their key, one of each key after another, as readers
  /// repeat keys (conversion/qwen.py, `_reorder_v_heads`).
  fileprivate static func valueHeadsInTurns(_ which: ValueRows) -> TensorChange {
    .arrange { (configuration, shape) throws(ModelError) in
      let keys = try configuration.count("linear_num_key_heads")
      let values = try configuration.count("linear_num_value_heads")
      let width = which == .single ? 1 : try configuration.count("linear_value_head_dim")
      let first =
        which == .afterKeys ? 2 * keys * (try configuration.count("linear_key_head_dim")) : 0
      let outer = shape.dimensions.count > 1 ? shape.dimensions.dropLast() : shape.dimensions[...]
      let rows = outer.reduce(1, *)
      guard values % keys == 0, rows == first + values * width else {
        throw ModelError(
          .shapeMismatch, "config.json",
          "\(rows) rows are not \(values) heads of \(width) behind \(first) rows")
      }
      var grids = first > 0 ? [RowArrangement.Grid([rows], ranges: [0..<first])] : []
      for turn in 0..<values / keys {
        for key in 0..<keys {
          let start = first + (key * (values / keys) + turn) * width
          grids.append(RowArrangement.Grid([rows], ranges: [start..<start + width]))
        }
      }
      return RowArrangement(grids, shape: Array(outer))
    }
  }

  /// Queries, keys and values of each key head, or its gates, apart from the rest.
  fileprivate static func partsOfKeyHeads(isGate: Bool) -> TensorChange {
    .arrange { (configuration, shape) throws(ModelError) in
      let keys = try configuration.count("linear_num_key_heads")
      let values = try configuration.count("linear_num_value_heads")
      let width = try configuration.count("linear_key_head_dim")
      let share = values / keys * (try configuration.count("linear_value_head_dim"))
      let each = 2 * width + 2 * share
      guard shape.dimensions.first == keys * each else {
        throw ModelError(
          .shapeMismatch, "config.json", "\(shape) is not \(keys) heads of \(each) rows")
      }
      let parts =
        isGate
        ? [2 * width + share..<each]
        : [0..<width, width..<2 * width, 2 * width..<2 * width + share]
      return RowArrangement(
        parts.map { RowArrangement.Grid([keys, each], ranges: [0..<keys, $0]) },
        shape: [keys * parts.reduce(0) { $0 + $1.count }])
    }
  }
}
