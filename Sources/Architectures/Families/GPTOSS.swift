internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// gpt-oss with experts in plain numbers, whose gates and ups alternate.
  package static let gptOSS = Architecture(
    name: "gpt-oss", configurationNames: ["GptOssForCausalLM"], computations: [.gptOSS],
    defaults: [
      ConfigurationDefault("num_experts_per_tok", 4),
      ConfigurationDefault("head_dim", 64), ConfigurationDefault("num_key_value_heads", 8),
      ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 131_072), .ropeBase(150_000),
      ConfigurationDefault("sliding_window", 128),
    ],
    hyperparameters: HyperparameterRule.common + [
      .slidingWindow, .count("{arch}.expert_feed_forward_length", "intermediate_size"),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.attentionNorm() + [
      .layer("post_attention_layernorm.weight", "post_attention_norm.weight"),
      .layer("self_attn.sinks", "attn_sinks.weight"),
      .layer("mlp.router.{s}", "ffn_gate_inp.{s}"),
      .layer("mlp.experts.down_proj", "ffn_down_exps.weight", .transpose),
      .layer("mlp.experts.down_proj_bias", "ffn_down_exps.bias"),
      TensorRule(
        "model.layers.{n}.mlp.experts.gate_up_proj",
        outputs: [
          .init("blk.{n}.ffn_gate_exps.weight", [.transpose, .everySecond(from: 0)]),
          .init("blk.{n}.ffn_up_exps.weight", [.transpose, .everySecond(from: 1)]),
        ]),
      TensorRule(
        "model.layers.{n}.mlp.experts.gate_up_proj_bias",
        outputs: [
          .init("blk.{n}.ffn_gate_exps.bias", everySecondElement(from: 0)),
          .init("blk.{n}.ffn_up_exps.bias", everySecondElement(from: 1)),
        ]),
    ],
    export: .gptOSS, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.activation = .clampedSwiGLU
      $0.windowed = .allBut(every: 2)
      $0.roundsRamp = false
      $0.routing = .softmaxOfChosen
      $0.normalizesExperts = false
    })

  /// Every second element of each row: rows of one element, of which every second stays.
  private static func everySecondElement(from first: Int) -> [TensorChange] {
    [
      .reshape(
        { (_, shape) in shape.dimensions + [1] },
        back: { (_, shape) in Array(shape.dimensions.dropLast()) }), .everySecond(from: first),
      .reshape(
        { (_, shape) in Array(shape.dimensions.dropLast()) },
        back: { (_, shape) in shape.dimensions + [1] }),
    ]
  }
}

extension ConfigurationExport {
  /// YaRN without whole pairs; sliding attention in every second layer.
  static let gptOSS = ConfigurationExport(
    "gpt_oss", "GptOssForCausalLM",
    [
      .attentionBias,
      .computed("rope_scaling") { (facts) throws(ModelError) in
        guard var scaling = try facts.ropeScaling()?.object else { return nil }
        scaling["truncate"] = false
        for (key, usual) in [("beta_fast", 32.0), ("beta_slow", 1.0)] as [(ByteString, Double)]
        where scaling[key] == nil {
          scaling[key] = .double(usual)
        }
        return .object(scaling)
      },
    ])
}
