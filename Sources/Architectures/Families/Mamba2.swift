internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Mamba 2: a state space whose heads forget by one number each.
  package static let mamba2 = Architecture(
    name: "mamba2", configurationNames: ["Mamba2ForCausalLM"], computations: [.mamba2],
    hyperparameters: [
      // No limit is known; llama.cpp writes 2²⁰, and zeros for what there is none of.
      .constant("{arch}.context_length", .uint32(1 << 20)),
      .count("{arch}.embedding_length", "hidden_size", "d_model", "dim"),
      .constant("{arch}.feed_forward_length", .uint32(0)),
      .constant("{arch}.attention.head_count", .uint32(0)), .blockCount,
      .count("{arch}.ssm.conv_kernel") { (configuration) throws(ModelError) in
        try configuration.optionalCount("conv_kernel", "d_conv") ?? 4
      },
      .count("{arch}.ssm.inner_size") { (configuration) throws(ModelError) in
        try mamba2Width(configuration)
      },
      .count("{arch}.ssm.state_size") { (configuration) throws(ModelError) in
        try configuration.optionalCount("state_size", "d_state") ?? 128
      },
      .count("{arch}.ssm.time_step_rank") { (configuration) throws(ModelError) in
        let width = try configuration.optionalCount("mamba_d_head", "head_dim") ?? 64
        return try mamba2Width(configuration) / max(1, width)
      },
      .count("{arch}.ssm.group_count") { (configuration) throws(ModelError) in
        try configuration.optionalCount("n_groups") ?? 1
      },
      .number("{arch}.attention.layer_norm_rms_epsilon") { (configuration) throws(ModelError) in
        try configuration.optionalNumber("layer_norm_epsilon", "rms_norm_eps") ?? 1e-5
      }, .fileType,
    ],
    tensors: [
      TensorRule("backbone.embeddings.weight", "token_embd.weight"),
      TensorRule("backbone.embedding.weight", "token_embd.weight"),
      TensorRule("backbone.norm_f.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"),
      TensorRule("backbone.layers.{n}.norm.weight", "blk.{n}.attn_norm.weight"),
    ] + TensorRule.mamba2Mixer("backbone.layers.{n}.mixer."),
    export: .mamba2, vocabulary: VocabularyKind(.bytePair, multiple: 16),
    traits: DecoderTraits {
      $0.rotary = nil
      $0.everyLayer = [.mixer]
    }, names: TensorNames { $0.base = "" })

  /// The width of the inner state.
  static func mamba2Width(_ configuration: Configuration) throws(ModelError) -> Int {
    if let width = try configuration.optionalCount("mamba_d_ssm", "intermediate_size", "d_inner") {
      return width
    }
    let times = try configuration.optionalCount("mamba_expand", "expand") ?? 2
    return times * (try configuration.count("hidden_size", "d_model", "dim"))
  }
}

extension TensorRule {
  /// Mamba 2's mixer under the names that transformers gives to its parts.
  static func mamba2Mixer(_ prefix: String) -> [TensorRule] {
    [
      TensorRule(prefix + "A_log", "blk.{n}.ssm_a", .column, .negativeExponential),
      TensorRule(prefix + "D", "blk.{n}.ssm_d", .column),
      TensorRule(prefix + "conv1d.bias", "blk.{n}.ssm_conv1d.bias"),
      TensorRule(prefix + "conv1d.weight", "blk.{n}.ssm_conv1d.weight", .squeeze),
      TensorRule(prefix + "dt_bias", "blk.{n}.ssm_dt.bias"),
      TensorRule(prefix + "in_proj.{s}", "blk.{n}.ssm_in.{s}"),
      TensorRule(prefix + "out_proj.{s}", "blk.{n}.ssm_out.{s}"),
      TensorRule(prefix + "norm.weight", "blk.{n}.ssm_norm.weight", .groups),
    ]
  }
}

extension TensorChange {
  /// One element in a row.
  static let column = TensorChange.reshape(
    { (_, shape) in shape.dimensions + [1] },
    back: { (_, shape) in Array(shape.dimensions.dropLast()) })

  /// A row for each group of heads.
  static let groups = TensorChange.reshape(
    { (configuration, shape) throws(ModelError) in
      let groups =
        try configuration.optionalCount("n_groups", "mamba_n_groups", "mamba_num_groups") ?? 1
      let count = shape.elementCount
      guard groups > 0, count % groups == 0 else {
        throw ModelError(
          .shapeMismatch, "config.json", "\(count) elements are not \(groups) groups")
      }
      return [groups, count / groups]
    }, back: { (_, shape) in [shape.elementCount] })
}

extension ConfigurationExport {
  /// Sizes of the state; biases as the tensors show.
  static let mamba2 = ConfigurationExport(
    "mamba2", "Mamba2ForCausalLM",
    [
      .integer("conv_kernel", "ssm.conv_kernel"), .integer("state_size", "ssm.state_size"),
      .integer("num_heads", "ssm.time_step_rank"), .integer("n_groups", "ssm.group_count"),
      .number("layer_norm_epsilon", "attention.layer_norm_rms_epsilon"),
      .has("use_conv_bias", "blk.0.ssm_conv1d.bias"), .has("use_bias", "blk.0.ssm_in.bias"),
      .computed("expand") { facts in
        guard let inner = facts.integer("ssm.inner_size"),
          let width = facts.integer("embedding_length"), width > 0
        else { return nil }
        return .integer(inner / width)
      },
      .computed("head_dim") { facts in
        guard let inner = facts.integer("ssm.inner_size"),
          let heads = facts.integer("ssm.time_step_rank"), heads > 0
        else { return nil }
        return .integer(inner / heads)
      },
    ])
}
