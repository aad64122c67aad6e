internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// ERNIE 4.5 with experts: the choice has a bias, the weights are a softmax.
  package static let ernie45MoE = Architecture(
    name: "ernie4_5-moe", configurationNames: ["Ernie4_5_MoeForCausalLM"],
    computations: [.ernie45MoE],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 131_072), .ropeBase(500_000),
      ConfigurationDefault("moe_layer_interval", 1),
    ],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_count", "moe_num_experts"), .count("{arch}.expert_used_count", "moe_k"),
      .count("{arch}.interleave_moe_layer_step", "moe_layer_interval"),
      .count("{arch}.leading_dense_block_count", "moe_layer_start_index"),
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count("{arch}.expert_shared_count", "moe_num_shared_experts"),
      // As llama.cpp's converter counts it; what the tensors have is what is run.
      .count("{arch}.expert_shared_feed_forward_length") { (configuration) throws(ModelError) in
        guard try configuration.optionalCount("moe_num_shared_experts") ?? 0 > 0 else {
          return nil
        }
        return try configuration.count("intermediate_size")
          / configuration.keyValueHeadCount()
      },
    ],
    tensors: ernie45.tensors + [
      // In the order in which llama.cpp's converter stacks them.
      .layer("mlp.experts.{e}.gate_proj.weight", "ffn_gate_exps.weight"),
      .layer("mlp.experts.{e}.up_proj.weight", "ffn_up_exps.weight"),
      .layer("mlp.experts.{e}.down_proj.weight", "ffn_down_exps.weight"),
    ] + TensorRule.experts + TensorRule.sharedExperts + [
      .layer("mlp.moe_statics.e_score_correction_bias", "exp_probs_b.bias")
    ],
    export: .ernie45MoE, vocabulary: ernie45.vocabulary, traits: DecoderTraits(),
    names: TensorNames {
      $0.leftOut.append(
        .init(
          kind: "of layers that predict further tokens",
          prefixes: [
            "model.mtp_block.", "model.mtp_emb_norm.", "model.mtp_hidden_norm.",
            "model.mtp_linear_proj.",
          ]))
    })
}

extension ConfigurationExport {
  /// Its own names for everything about experts.
  static let ernie45MoE = ConfigurationExport(
    "ernie4_5_moe", "Ernie4_5_MoeForCausalLM",
    [
      .integer("moe_num_experts", "expert_count"), .integer("moe_k", "expert_used_count"),
      .integer("moe_layer_interval", "interleave_moe_layer_step"),
      .integer("moe_layer_start_index", "leading_dense_block_count"),
      .computed("moe_layer_end_index") { $0.integer("block_count").map { .integer($0 - 1) } },
      .integer("moe_num_shared_experts", "expert_shared_count"), .constant("use_bias", false),
    ])
}
