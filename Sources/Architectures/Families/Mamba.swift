internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Mamba: a state-space model without attention.
  package static let mamba = Architecture(
    name: "mamba",
    configurationNames: ["MambaForCausalLM", "FalconMambaForCausalLM", "MambaLMHeadModel"],
    computations: [.mamba, .falconMamba],
    hyperparameters: [
      // No limit is known; llama.cpp writes 2²⁰, and zeros for what there is none of.
      .constant("{arch}.context_length", .uint32(1 << 20)),
      .count("{arch}.embedding_length", "hidden_size", "d_model"),
      .constant("{arch}.feed_forward_length", .uint32(0)),
      .constant("{arch}.attention.head_count", .uint32(0)), .blockCount,
      .count("{arch}.ssm.conv_kernel") { (configuration) throws(ModelError) in
        try configuration.optionalCount("conv_kernel", "d_conv") ?? 4
      },
      .count("{arch}.ssm.inner_size") { (configuration) throws(ModelError) in
        if let size = try configuration.optionalCount("intermediate_size", "d_inner") {
          return size
        }
        return 2 * (try configuration.count("hidden_size", "d_model"))
      },
      .count("{arch}.ssm.state_size") { (configuration) throws(ModelError) in
        try configuration.optionalCount("state_size", "d_state") ?? 16
      },
      .count("{arch}.ssm.time_step_rank") { (configuration) throws(ModelError) in
        if let rank = try configuration.optionalCount("time_step_rank", "dt_rank") { return rank }
        return (try configuration.count("hidden_size", "d_model") + 15) / 16
      },
      .number("{arch}.attention.layer_norm_rms_epsilon") { (configuration) throws(ModelError) in
        try configuration.optionalNumber("layer_norm_epsilon", "rms_norm_eps") ?? 1e-5
      },
      HyperparameterRule("{arch}.ssm.dt_b_c_rms") { configuration in
        .bool(configuration["model_type"]?.text == "falcon_mamba")
      }, .fileType,
    ],
    tensors: [
      TensorRule("backbone.embeddings.weight", "token_embd.weight"),
      TensorRule("backbone.embedding.weight", "token_embd.weight"),
      TensorRule("backbone.norm_f.weight", "output_norm.weight"), .tiedOutput,
      TensorRule("lm_head.weight", "output.weight"),
      TensorRule("backbone.layers.{n}.norm.weight", "blk.{n}.attn_norm.weight"),
      TensorRule("backbone.layers.{n}.mixer.A_log", "blk.{n}.ssm_a", .negativeExponential),
      TensorRule("backbone.layers.{n}.mixer.D", "blk.{n}.ssm_d"),
      TensorRule("backbone.layers.{n}.mixer.conv1d.bias", "blk.{n}.ssm_conv1d.bias"),
      TensorRule(
        "backbone.layers.{n}.mixer.conv1d.weight", "blk.{n}.ssm_conv1d.weight",
        .squeeze),
      TensorRule("backbone.layers.{n}.mixer.dt_proj.{s}", "blk.{n}.ssm_dt.{s}"),
      TensorRule("backbone.layers.{n}.mixer.in_proj.weight", "blk.{n}.ssm_in.weight"),
      TensorRule("backbone.layers.{n}.mixer.out_proj.weight", "blk.{n}.ssm_out.weight"),
      TensorRule("backbone.layers.{n}.mixer.x_proj.weight", "blk.{n}.ssm_x.weight"),
    ],
    export: .mamba, vocabulary: VocabularyKind(.bytePair, multiple: 8),
    traits: DecoderTraits {
      $0.rotary = nil
      $0.everyLayer = [.mixer]
    },
    // FalconMamba normalizes inside its mixer with another ε than between layers.
    exact: [
      .number("{arch}.ssm.norm_epsilon") { (configuration) throws(ModelError) in
        guard configuration["model_type"]?.text == "falcon_mamba" else { return nil }
        return try configuration.optionalNumber("mixer_rms_eps") ?? 1e-6
      }
    ])
}

extension ConfigurationExport {
  /// Sizes of the state; biases as the tensors show.
  static let mamba = ConfigurationExport(
    { facts in
      facts["ssm.dt_b_c_rms"]?.bool == true
        ? .init("falcon_mamba", "FalconMambaForCausalLM") : .init("mamba", "MambaForCausalLM")
    },
    [
      .integer("conv_kernel", "ssm.conv_kernel"), .integer("intermediate_size", "ssm.inner_size"),
      .integer("state_size", "ssm.state_size"), .integer("time_step_rank", "ssm.time_step_rank"),
      .number("layer_norm_epsilon", "attention.layer_norm_rms_epsilon"),
      .has("use_conv_bias", "blk.0.ssm_conv1d.bias"), .has("use_bias", "blk.0.ssm_in.bias"),
      .computed("expand") { facts in
        guard let inner = facts.integer("ssm.inner_size"),
          let width = facts.integer("embedding_length"), width > 0
        else { return nil }
        return .integer(inner / width)
      },
    ])
}
