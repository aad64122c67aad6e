internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Apertus: Llama without a gate, norms on the heads, an activation with trained numbers.
  package static let apertus = Architecture(
    name: "apertus", configurationNames: ["ApertusForCausalLM"], computations: [.apertus],
    defaults: [
      .keyValueHeads, ConfigurationDefault("rms_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 65_536), .ropeBase(12_000_000),
    ],
    hyperparameters: llama.hyperparameters,
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms() + [
      .layer("attention_layernorm.weight", "attn_norm.weight"),
      .layer("feedforward_layernorm.weight", "ffn_norm.weight"),
      .layer("mlp.up_proj.{s}", "ffn_up.{s}"), .layer("mlp.down_proj.{s}", "ffn_down.{s}"),
    ]
      + ["alpha_n", "alpha_p", "beta", "eps"].map {
        .unused("model.layers.{n}.mlp.act_fn.\($0)")
      },
    generated: [.ropeFrequencies], export: .apertus, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.arrangement = .sequential
      $0.activation = .integratedELU
    },
    gathered: [("alpha_n", false), ("alpha_p", false), ("beta", true), ("eps", true)].map {
      GatheredNumbers("xielu.\($0)", "model.layers.{n}.mlp.act_fn.\($0)", isScalar: $1)
    })
}

extension ConfigurationExport {
  /// The activation's numbers become tensors again.
  static let apertus = ConfigurationExport(
    "apertus", "ApertusForCausalLM",
    [
      .attentionBias, .constant("hidden_act", "xielu"),
      // Its class stretches positions where nothing is said of them (`ApertusConfig`).
      .computed("rope_parameters") { facts in
        guard !facts.has("rope_freqs.weight"), let base = facts.ropeBase else { return nil }
        return ["rope_type": "default", "rope_theta": base]
      },
    ])
}
