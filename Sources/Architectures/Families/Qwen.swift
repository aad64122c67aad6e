internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// The first Qwen: one matrix for query, key and value, with biases.
  package static let qwen = Architecture(
    name: "qwen", configurationNames: ["QWenLMHeadModel"], computations: [.qwen],
    defaults: [
      ConfigurationDefault("rope_theta") { $0["rotary_emb_base"] }
    ],
    tensors: [
      TensorRule("transformer.wte.weight", "token_embd.weight"),
      TensorRule("transformer.ln_f.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"),
    ] + qwenLayers, vocabulary: .bytePair,
    traits: DecoderTraits { $0.rotary = .halves })

  private static let qwenLayers: [TensorRule] = [
    ("ln_1", "attn_norm"), ("ln_2", "ffn_norm"), ("attn.c_attn", "attn_qkv"),
    ("attn.c_proj", "attn_output"), ("mlp.w1", "ffn_up"), ("mlp.w2", "ffn_gate"),
    ("mlp.c_proj", "ffn_down"),
  ].map { TensorRule("transformer.h.{n}.\($0).{s}", "blk.{n}.\($1).{s}") }
}

extension FamilyComputation {
  /// `modeling_qwen.py` beside the checkpoints; beyond the trained length it stretches the base and
  /// scales queries by their positions (`use_dynamic_ntk`, `use_logn_attn`), which is noted, not computed.
  static let qwen = FamilyComputation(
    "QWenLMHeadModel",
    rules: [
      .always(.activation(.silu)), .epsilon("layer_norm_epsilon", 1e-6), .causal,
      .rotary(
        RotaryRule(
          baseKeys: ["rotary_emb_base", "rope_theta"],
          headWidth: { (configuration) throws(ModelError) in
            if let width = try configuration.optionalCount("kv_channels") { return width }
            return try configuration.headWidth()
          }), reading: ["kv_channels"]),
    ], sizes: decoderSizes.union(["n_positions", "n_ctx"]),
    incidental: [
      "seq_length", "no_bias", "bf16", "fp16", "fp32", "use_flash_attn", "softmax_in_fp32",
      "onnx_safe", "use_cache_quantization", "use_cache_kernel",
      "apply_residual_connection_post_layernorm",
      "emb_dropout_prob", "attn_dropout_prob", "padded_vocab_size",
    ],
    refusals: [
      .fixed("rotary_pct", 1), .whereFalse("scale_attn_weights", "scores without a factor"),
    ])
}
