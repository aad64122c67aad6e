internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

// Qwen 3.5 and 3 Next, Nemotron H and 3: how their `config.json` is written again.

extension ConfigurationExport {
  private static let deltaNet: [Entry] = [
    .attentionKeyHeads, .integer("linear_conv_kernel_dim", "ssm.conv_kernel"),
    .integer("linear_key_head_dim", "ssm.state_size"),
    .integer("linear_num_key_heads", "ssm.group_count"),
    .integer("linear_num_value_heads", "ssm.time_step_rank"),
    .computed("linear_value_head_dim") { facts in
      guard let inner = facts.integer("ssm.inner_size"),
        let heads = facts.integer("ssm.time_step_rank"), heads > 0
      else { return nil }
      return .integer(inner / heads)
    },
    .plainLayers,
    .computed("layer_types") { facts in
      let layers =
        (facts.integer("block_count") ?? 0) - (facts.integer("nextn_predict_layers") ?? 0)
      let linear = Set(facts.layers("ssm_out.weight"))
      return .array(
        (0..<max(0, layers)).map { linear.contains($0) ? "linear_attention" : "full_attention" })
    },
    .computed("attention_bias") { .bool(!$0.layers("attn_q.bias").isEmpty) },
    .computed("rope_parameters") { facts in
      guard let turning = facts.integer("rope.dimension_count"), let width = facts.headWidth,
        width > 0
      else { return nil }
      var rope = JSONObject()
      rope["rope_type"] = "default"
      rope["rope_theta"] = facts.ropeBase ?? .double(10_000)
      rope["partial_rotary_factor"] = .double(Double(turning) / Double(width))
      return .object(rope)
    },
  ]

  /// The text model.
  static let qwen35 = ConfigurationExport("qwen3_5_text", "Qwen3_5ForCausalLM", deltaNet)

  /// The text model with experts.
  static let qwen35MoE = ConfigurationExport(
    "qwen3_5_moe_text", "Qwen3_5MoeForCausalLM", keys: ["num_experts"], deltaNet)

  /// With experts in all layers, whose weights are divided by their sum.
  static let qwen3Next = ConfigurationExport(
    "qwen3_next", "Qwen3NextForCausalLM", keys: ["num_experts"],
    deltaNet + [
      .constant("norm_topk_prob", true),
      .computed("mlp_only_layers") { facts in
        .array(facts.layers("ffn_down.weight").map { .integer($0) })
      },
    ])

  /// Kinds of layers as the tensors show them.
  static let nemotronH = ConfigurationExport(
    "nemotron_h", "NemotronHForCausalLM", keys: ["n_routed_experts"],
    [
      .attentionKeyHeads, .integer("conv_kernel", "ssm.conv_kernel"),
      .integer("ssm_state_size", "ssm.state_size"), .integer("n_groups", "ssm.group_count"),
      .integer("mamba_num_heads", "ssm.time_step_rank"),
      .computed("mamba_head_dim") { facts in
        guard let inner = facts.integer("ssm.inner_size"),
          let heads = facts.integer("ssm.time_step_rank"), heads > 0
        else { return nil }
        return .integer(inner / heads)
      },
      .number("layer_norm_epsilon", "attention.layer_norm_rms_epsilon"),
      .computed("layers_block_type") { facts in
        let layers = facts.integer("block_count") ?? 0
        let (state, full) = (Set(facts.layers("ssm_in.weight")), Set(facts.layers("attn_q.weight")))
        let sparse = Set(facts.layers("ffn_gate_inp.weight"))
        return .array(
          (0..<max(0, layers)).map {
            state.contains($0)
              ? "mamba" : full.contains($0) ? "attention" : sparse.contains($0) ? "moe" : "mlp"
          })
      },
      .computed("intermediate_size") { facts in
        facts.layers("ffn_up.weight").first.flatMap { facts.rows("blk.\($0).ffn_up.weight") }
          .map { .integer($0) }
      },
      .computed("use_bias") { .bool(!$0.layers("ssm_in.bias").isEmpty) },
      .computed("use_conv_bias") { .bool(!$0.layers("ssm_conv1d.bias").isEmpty) },
      .computed("mlp_bias") { .bool(!$0.layers("ffn_up.bias").isEmpty) },
      // Readers of GGUF have no bounds of time steps.
      .constant("time_step_min", .double(0)),
    ])
}

extension ConfigurationExport.Entry {
  /// Layers, without those for further tokens.
  static let plainLayers = computed("num_hidden_layers") { facts in
    facts.integer("block_count").map { .integer($0 - (facts.integer("nextn_predict_layers") ?? 0)) }
  }
}
