internal import ByteIO
internal import JSON
internal import ModelIR

extension Architecture {
  /// MPT: no rotary embedding, norms without biases.
  public static let mpt = Architecture(
    name: "mpt", configurationNames: ["MptForCausalLM", "MPTForCausalLM"],
    hyperparameters: [
      .count("{arch}.context_length", "max_seq_len"),
      .count("{arch}.embedding_length", "d_model"), .blockCount,
      .count("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        try 4 * configuration.count("d_model")
      }, .headCount,
      .count("{arch}.attention.head_count_kv") { configuration in
        configuration["attn_config"]?["kv_n_heads"]?.integer.flatMap { $0 > 0 ? $0 : nil }
      }, .constant("{arch}.attention.layer_norm_epsilon", .float32(1e-5)),
      .number("{arch}.attention.clamp_kqv") { configuration in
        configuration["attn_config"]?["clip_qkv"]?.double
      },
      .number("{arch}.attention.max_alibi_bias") { configuration in
        let attention = configuration["attn_config"]
        let isUsed = attention?["alibi"]?.bool ?? true
        return isUsed ? attention?["alibi_bias_max"]?.double ?? 8 : 0
      },
    ],
    tensors: [
      TensorRule("transformer.wte.weight", "token_embd.weight"),
      TensorRule("transformer.norm_f.{s}", "output_norm.{s}"),
      TensorRule("lm_head.weight", "output.weight"),
      TensorRule("transformer.blocks.{n}.norm_1.{s}", "blk.{n}.attn_norm.{s}"),
      TensorRule("transformer.blocks.{n}.norm_2.{s}", "blk.{n}.ffn_norm.{s}"),
      TensorRule("transformer.blocks.{n}.attn.Wqkv.{s}", "blk.{n}.attn_qkv.{s}"),
      TensorRule("transformer.blocks.{n}.attn.out_proj.{s}", "blk.{n}.attn_output.{s}"),
      TensorRule("transformer.blocks.{n}.ffn.up_proj.{s}", "blk.{n}.ffn_up.{s}"),
      TensorRule("transformer.blocks.{n}.ffn.down_proj.{s}", "blk.{n}.ffn_down.{s}"),
    ],
    vocabulary: .bytePair)
}
