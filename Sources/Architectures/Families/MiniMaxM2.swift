internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// MiniMax M2: norms over all heads of queries and of keys together, half of each head turns.
  package static let miniMaxM2 = Architecture(
    name: "minimax-m2", configurationNames: ["MiniMaxM2ForCausalLM"], computations: [.miniMaxM2],
    defaults: [
      .headWidth, .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-6),
      ConfigurationDefault("max_position_embeddings", 196_608), .ropeBase(5_000_000),
      ConfigurationDefault("scoring_func", "sigmoid"),
    ],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_feed_forward_length", "intermediate_size"),
      .count("{arch}.rope.dimension_count") { (configuration) throws(ModelError) in
        // `convert_rope_params_to_dict`: the factor counts where there is one.
        let key: ByteString = "partial_rotary_factor"
        guard let factor = try Configuration.number(configuration.rope[key], [key]) else {
          return try configuration.optionalCount("rotary_dim")
        }
        let width = factor * Double(try configuration.headWidth())
        return width >= 0 && width <= Double(UInt32.max) ? Int(width) : nil
      },
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.attentionNorm() + TensorRule.feedForwardNorm() + TensorRule.blockSparseExperts
      + [.layer("block_sparse_moe.e_score_correction_bias", "exp_probs_b.bias")],
    export: .miniMaxM2, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.biasedRouting = .sigmoid
    })
}

extension ConfigurationExport {
  /// The logistic function, with a bias for the choice.
  static let miniMaxM2 = ConfigurationExport(
    "minimax_m2", "MiniMaxM2ForCausalLM",
    [
      .integer("rotary_dim", "rope.dimension_count"), .constant("scoring_func", "sigmoid"),
      .constant("use_qk_norm", true), .constant("use_routing_bias", true),
    ])
}
