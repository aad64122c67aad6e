internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// The first Qwen: one matrix for query, key and value, with biases.
  package static let qwen = Architecture(
    name: "qwen", configurationNames: ["QWenLMHeadModel"],
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
