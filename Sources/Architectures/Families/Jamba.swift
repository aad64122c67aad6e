internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Jamba: Mamba with norms inside in most layers, attention without positions in some, experts in
  /// every other.
  package static let jamba = Architecture(
    name: "jamba", configurationNames: ["JambaForCausalLM"], computations: [.jamba],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("attn_layer_period", 8), ConfigurationDefault("attn_layer_offset", 4),
      ConfigurationDefault("expert_layer_period", 2),
      ConfigurationDefault("expert_layer_offset", 1), ConfigurationDefault("num_experts", 16),
      ConfigurationDefault("num_experts_per_tok", 2), ConfigurationDefault("mamba_expand", 2),
      ConfigurationDefault("mamba_d_conv", 4), ConfigurationDefault("mamba_d_state", 16),
      ConfigurationDefault("max_position_embeddings", 262_144),
    ],
    hyperparameters: jambaSizes, tensors: jambaTensors, export: .jamba,
    vocabulary: .sentencePiece,
    traits: DecoderTraits {
      $0.rotary = nil
      $0.arrangement = .sequential
      $0.normalizesExperts = false
    }, names: jambaNames)

  private static let jambaSizes: [HyperparameterRule] = [
    .blockCount, .count("{arch}.context_length", "max_position_embeddings", "n_ctx"),
    .embeddingLength, .count("{arch}.feed_forward_length", "intermediate_size"), .headCount,
    HyperparameterRule("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
      let heads = Int32(clamping: try configuration.keyValueHeadCount())
      let period = max(1, try configuration.count("attn_layer_period"))
      let offset = try configuration.optionalCount("attn_layer_offset") ?? 0
      return .array(
        .int32(
          (0..<(try configuration.layerCount())).map {
            $0 >= offset && ($0 - offset) % period == 0 ? heads : 0
          }))
    }, .count("{arch}.ssm.conv_kernel", "mamba_d_conv"),
    .count("{arch}.ssm.inner_size") { (configuration) throws(ModelError) in
      try configuration.count("mamba_expand") * configuration.width()
    }, .count("{arch}.ssm.state_size", "mamba_d_state"),
    .count("{arch}.ssm.time_step_rank") { (configuration) throws(ModelError) in
      if let rank = configuration["mamba_dt_rank"]?.integer, rank > 0 { return rank }
      return (try configuration.width() + 15) / 16
    },
    .number(
      "{arch}.attention.layer_norm_rms_epsilon", "layer_norm_epsilon", "rms_norm_eps"),
    .count("{arch}.expert_count", "num_local_experts", "num_experts"),
    .count("{arch}.expert_used_count", "num_experts_per_tok", "num_experts_per_token"), .fileType,
  ]

  /// The first small models call experts `moe`, and a network without others an expert.
  private static let jambaNames = TensorNames {
    $0.renamed = { (name, configuration) in
      var parts = NamePattern.split(name)
      for index in parts.indices where parts[index] == "moe" { parts[index] = "feed_forward" }
      if let configuration, let layer = TensorNames.layer(of: name),
        let place = parts.firstIndex(of: "experts"), parts.count > place + 1,
        parts[place + 1] == "0"
      {
        let period = max(1, configuration["expert_layer_period"]?.integer ?? 2)
        let offset = configuration["expert_layer_offset"]?.integer ?? 1
        if layer < offset || (layer - offset) % period != 0 {
          parts.removeSubrange(place...place + 1)
        }
      }
      return ByteString(parts.map(\.text).joined(separator: "."))
    }
  }

  private static let jambaTensors: [TensorRule] =
    [
      TensorRule("model.embed_tokens.weight", "token_embd.weight"),
      TensorRule("model.final_layernorm.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"),
    ]
    + TensorRule.attention() + TensorRule.attentionNorm()
    + [
      .layer("pre_ff_layernorm.weight", "ffn_norm.weight"),
      .layer("feed_forward.gate_proj.weight", "ffn_gate.weight"),
      .layer("feed_forward.up_proj.weight", "ffn_up.weight"),
      .layer("feed_forward.down_proj.weight", "ffn_down.weight"),
      .layer("feed_forward.router.weight", "ffn_gate_inp.weight"),
      .layer("feed_forward.experts.{e}.down_proj.weight", "ffn_down_exps.weight"),
      .layer("feed_forward.experts.{e}.gate_proj.weight", "ffn_gate_exps.weight"),
      .layer("feed_forward.experts.{e}.up_proj.weight", "ffn_up_exps.weight"),
      .layer("mamba.A_log", "ssm_a", .negativeExponential), .layer("mamba.D", "ssm_d"),
      .layer("mamba.b_layernorm.weight", "ssm_b_norm.weight"),
      .layer("mamba.c_layernorm.weight", "ssm_c_norm.weight"),
      .layer("mamba.dt_layernorm.weight", "ssm_dt_norm.weight"),
      .layer("mamba.conv1d.bias", "ssm_conv1d.bias"),
      .layer("mamba.conv1d.weight", "ssm_conv1d.weight", .squeeze),
      .layer("mamba.dt_proj.{s}", "ssm_dt.{s}"), .layer("mamba.in_proj.{s}", "ssm_in.{s}"),
      .layer("mamba.out_proj.{s}", "ssm_out.{s}"),
      .layer("mamba.x_proj.weight", "ssm_x.weight"),
    ] + TensorRule.stackedExperts("feed_forward.experts")
}

extension ConfigurationExport {
  /// Periods as the layers show them.
  static let jamba = ConfigurationExport(
    "jamba", "JambaForCausalLM", keys: ["num_experts", "rms_norm_eps"],
    [
      .attentionKeyHeads,
      .computed("attn_layer_offset") { .integer($0.first("attn_q.weight") ?? 0) },
      .computed("attn_layer_period") { .integer($0.period("attn_q.weight")) },
      .computed("expert_layer_offset") { .integer($0.first("ffn_gate_inp.weight") ?? 0) },
      .computed("expert_layer_period") { .integer($0.period("ffn_gate_inp.weight")) },
      .computed("mamba_expand") { facts in
        guard let inner = facts.integer("ssm.inner_size"),
          let width = facts.integer("embedding_length"), width > 0
        else { return nil }
        return .integer(inner / width)
      },
      .integer("mamba_dt_rank", "ssm.time_step_rank"),
      .computed("mamba_conv_bias") { facts in
        .bool(
          facts.layers("ssm_in.weight").first.map { facts.has("blk.\($0).ssm_conv1d.bias") } ?? true
        )
      },
      .computed("mamba_proj_bias") { facts in
        .bool(
          facts.layers("ssm_in.weight").first.map { facts.has("blk.\($0).ssm_in.bias") } ?? false)
      },
    ])
}

extension ExportFacts {
  /// The layers that have a tensor.
  func layers(_ tensor: String) -> [Int] {
    let count = min(integer("block_count") ?? 0, 1 << 12)
    return (0..<max(0, count)).filter { has("blk.\($0).\(tensor)") }
  }

  /// The first layer that has a tensor.
  func first(_ tensor: String) -> Int? { layers(tensor).first }

  /// Layers from one that has a tensor to the next; so many that there is no other where one has it.
  func period(_ tensor: String) -> Int {
    let layers = layers(tensor)
    guard layers.count > 1 else { return max(1, min(integer("block_count") ?? 1, 1 << 12)) }
    return layers[1] - layers[0]
  }
}
