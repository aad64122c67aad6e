internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// EXAONE 3 and 3.5: Llama under names of its own.
  package static let exaone = Architecture(
    name: "exaone", configurationNames: ["ExaoneForCausalLM"], computations: [.exaone],
    defaults: [
      .keyValueHeads, ConfigurationDefault("max_position_embeddings", 2048), .ropeBase(500_000),
      // Published files have this name for it; readers of GGUF want the other.
      ConfigurationDefault("rms_norm_eps") { $0["layer_norm_epsilon"] ?? 1e-5 },
    ],
    hyperparameters: HyperparameterRule.common + [.partialRopeWidth()],
    tensors: [
      TensorRule("transformer.wte.weight", "token_embd.weight"),
      TensorRule("transformer.ln_f.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"),
    ]
      + [
        ("ln_1.weight", "attn_norm.weight"), ("ln_2.weight", "ffn_norm.weight"),
        ("attn.attention.q_proj.{s}", "attn_q.{s}"), ("attn.attention.k_proj.{s}", "attn_k.{s}"),
        ("attn.attention.v_proj.{s}", "attn_v.{s}"),
        ("attn.attention.out_proj.{s}", "attn_output.{s}"),
        ("mlp.c_fc_0.{s}", "ffn_gate.{s}"), ("mlp.c_fc_1.{s}", "ffn_up.{s}"),
        ("mlp.c_proj.{s}", "ffn_down.{s}"),
      ].map { TensorRule("transformer.h.{n}." + $0.0, "blk.{n}." + $0.1) },
    generated: [.ropeFrequencies], export: .exaone, vocabulary: .bytePair,
    traits: DecoderTraits { $0.rotary = .halves })
}

extension ConfigurationExport {
  /// Its own names for the number of layers, the nonlinearity and the norm.
  static let exaone = ConfigurationExport(
    "exaone", "ExaoneForCausalLM", keys: ["num_layers"],
    [
      .constant("activation_function", "silu"),
      .number("layer_norm_epsilon", "attention.layer_norm_rms_epsilon"),
    ])
}
