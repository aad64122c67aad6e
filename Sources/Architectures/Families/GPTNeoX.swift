internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// GPT-NeoX and Pythia.
  package static let gptNeoX = Architecture(
    name: "gptneox", configurationNames: ["GPTNeoXForCausalLM"], computations: [.gptNeoX],
    defaults: [
      ConfigurationDefault("rotary_pct") { $0.rope["partial_rotary_factor"] ?? 0.25 },
      ConfigurationDefault("layer_norm_eps", 1e-5),
      ConfigurationDefault("max_position_embeddings", 2048),
    ],
    hyperparameters: [
      .count("{arch}.context_length", "max_position_embeddings"), .embeddingLength, .blockCount,
      .count("{arch}.feed_forward_length", "intermediate_size"), .partialRopeWidth("rotary_pct"),
      .headCount,
      .flag("{arch}.use_parallel_residual", "use_parallel_residual", otherwise: true),
      .number("{arch}.attention.layer_norm_epsilon", "layer_norm_eps"),
    ],
    tensors: [
      TensorRule("gpt_neox.embed_in.weight", "token_embd.weight"),
      TensorRule("gpt_neox.final_layer_norm.{s}", "output_norm.{s}"),
      TensorRule("embed_out.weight", "output.weight"),
      neoX("input_layernorm.{s}", "attn_norm.{s}"),
      neoX("post_attention_layernorm.{s}", "ffn_norm.{s}"),
      neoX("attention.query_key_value.{s}", "attn_qkv.{s}", .ungroupHeads),
      neoX("attention.dense.{s}", "attn_output.{s}"),
      neoX("mlp.dense_h_to_4h.{s}", "ffn_up.{s}"), neoX("mlp.dense_4h_to_h.{s}", "ffn_down.{s}"),
    ],
    export: .gptNeoX, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.activation = .geluErf
    })

  private static func neoX(
    _ source: String, _ target: String, _ changes: TensorChange...
  ) -> TensorRule {
    TensorRule(
      "gpt_neox.layers.{n}." + source, outputs: [.init("blk.{n}." + target, changes)])
  }
}

extension ConfigurationExport {
  /// A quarter of each head turns, where nothing else is said.
  static let gptNeoX = ConfigurationExport(
    "gpt_neox", "GPTNeoXForCausalLM",
    [
      .computed("rotary_pct") { (facts) throws(ModelError) in
        try ConfigurationExport.Entry.partialRotary.value(facts)
      },
      .has("attention_bias", "blk.0.attn_qkv.bias"),
    ])
}
