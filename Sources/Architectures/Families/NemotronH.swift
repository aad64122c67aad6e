internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Nemotron H: one part in each layer, Mamba 2, attention without positions, or a network.
  package static let nemotronH = nemotronHybrid(name: "nemotron_h", extra: []) {
    !nemotronKinds($0).contains("E")
  }

  /// Nemotron 3: the same with experts.
  package static let nemotronHMoE = nemotronHybrid(
    name: "nemotron_h_moe",
    extra: [
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count(
        "{arch}.expert_shared_feed_forward_length", "moe_shared_expert_intermediate_size"),
      .count("{arch}.expert_shared_count", "n_shared_experts"),
      .flag("{arch}.expert_weights_norm", "norm_topk_prob", otherwise: nil),
      .number("{arch}.expert_weights_scale", "routed_scaling_factor"),
      .count("{arch}.moe_latent_size", "moe_latent_size"),
    ]
  ) { nemotronKinds($0).contains("E") }

  private static func nemotronHybrid(
    name: String, extra: [HyperparameterRule],
    applies: @escaping @Sendable (Configuration) -> Bool
  ) -> Architecture {
    let common = HyperparameterRule.common.without(
      "{arch}.attention.key_length", "{arch}.attention.value_length", "{arch}.rope.freq_base")
    return Architecture(
      name: name, configurationNames: ["NemotronHForCausalLM"],
      computations: name == "nemotron_h" ? [.nemotronH] : [],
      defaults: [
        ConfigurationDefault("num_hidden_layers") { .integer(nemotronKinds($0).count) },
        ConfigurationDefault("layer_norm_epsilon", 1e-5),
      ],
      hyperparameters: common.replacing(.constant("{arch}.context_length", .uint32(1 << 20)))
        .replacing(nemotronWidths)
        .replacing(
          HyperparameterRule("{arch}.attention.head_count_kv") {
            (configuration) throws(ModelError) in
            let heads = Int32(clamping: try configuration.keyValueHeadCount())
            return .array(.int32(nemotronKinds(configuration).map { $0 == "*" ? heads : 0 }))
          }) + nemotronSizes + extra,
      tensors: nemotronTensors + TensorRule.mamba2Mixer("backbone.layers.{n}.mixer."),
      export: .nemotronH, vocabulary: VocabularyKind(.bytePair, multiple: 8),
      traits: DecoderTraits {
        $0.rotary = nil
        $0.activation = .reluSquared
        $0.arrangement = .sequential
        $0.everyLayer = []
        $0.biasedRouting = .sigmoid
      },
      names: TensorNames {
        $0.base = ""
        $0.leftOut.append(
          .init(kind: "of layers that predict further tokens", prefixes: ["mtp."]))
      }, applies: applies)
  }

  /// What each layer is: `M`, `*`, `-` or `E`, by either of the keys that say it.
  private static func nemotronKinds(_ configuration: Configuration) -> [Character] {
    if let pattern = configuration["hybrid_override_pattern"]?.text { return Array(pattern) }
    return configuration["layers_block_type"]?.array?.map { kind in
      switch kind.text {
      case "linear_attention", "mamba": "M"
      case "full_attention", "attention": "*"
      case "moe": "E"
      default: "-"
      }
    } ?? []
  }

  private static let nemotronWidths = HyperparameterRule("{arch}.feed_forward_length") {
    (configuration) throws(ModelError) in
    let dense = Int32(clamping: try configuration.optionalCount("intermediate_size") ?? 0)
    let expert = Int32(clamping: try configuration.optionalCount("moe_intermediate_size") ?? 0)
    return .array(
      .int32(nemotronKinds(configuration).map { $0 == "-" ? dense : $0 == "E" ? expert : 0 }))
  }

  private static let nemotronSizes: [HyperparameterRule] = [
    .vocabularySize,
    .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
      try configuration.width() / configuration.headCount()
    }, .count("{arch}.ssm.conv_kernel", "conv_kernel"),
    .count("{arch}.ssm.state_size", "ssm_state_size"),
    .count("{arch}.ssm.group_count", "n_groups"),
    .count("{arch}.ssm.inner_size") { (configuration) throws(ModelError) in
      try configuration.count("mamba_num_heads") * configuration.count("mamba_head_dim")
    }, .count("{arch}.ssm.time_step_rank", "mamba_num_heads"),
    .constant("{arch}.rope.scaling.finetuned", .bool(false)),
    .count("{arch}.attention.key_length", "head_dim", "attention_head_dim"),
    .count("{arch}.attention.value_length", "head_dim", "attention_head_dim"),
  ]

  private static let nemotronTensors: [TensorRule] =
    [
      TensorRule("backbone.embeddings.weight", "token_embd.weight"),
      TensorRule("backbone.norm_f.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"),
      TensorRule("backbone.layers.{n}.norm.weight", "blk.{n}.attn_norm.weight"),
      // As Granite's, though nothing turns here (conversion/nemotron.py).
      TensorRule("backbone.layers.{n}.mixer.q_proj.{s}", "blk.{n}.attn_q.{s}", .permuteQuery),
      TensorRule("backbone.layers.{n}.mixer.k_proj.{s}", "blk.{n}.attn_k.{s}", .permuteKey),
    ]
    + [
      ("v_proj.{s}", "attn_v.{s}"),
      ("o_proj.{s}", "attn_output.{s}"), ("up_proj.{s}", "ffn_up.{s}"),
      ("down_proj.{s}", "ffn_down.{s}"), ("gate.weight", "ffn_gate_inp.weight"),
      ("gate.e_score_correction_bias", "exp_probs_b.bias"),
      ("experts.{e}.down_proj.weight", "ffn_down_exps.weight"),
      ("experts.{e}.up_proj.weight", "ffn_up_exps.weight"),
      ("fc1_latent_proj.{s}", "ffn_latent_down.{s}"),
      ("fc2_latent_proj.{s}", "ffn_latent_up.{s}"),
      ("shared_experts.down_proj.weight", "ffn_down_shexp.weight"),
      ("shared_experts.up_proj.weight", "ffn_up_shexp.weight"),
    ].map { TensorRule("backbone.layers.{n}.mixer." + $0.0, "blk.{n}." + $0.1) }
}
