internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// MPT: no rotary embedding, norms without biases.
  package static let mpt = Architecture(
    name: "mpt", configurationNames: ["MptForCausalLM", "MPTForCausalLM"], computations: [.mpt],
    defaults: [ConfigurationDefault("layer_norm_epsilon", 1e-5)],
    hyperparameters: [
      .count("{arch}.context_length", "max_seq_len"),
      .count("{arch}.embedding_length", "d_model"), .blockCount,
      .count("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        try 4 * configuration.count("d_model")
      }, .headCount,
      .count("{arch}.attention.head_count_kv") { configuration in
        configuration["attn_config"]?["kv_n_heads"]?.integer.flatMap { $0 > 0 ? $0 : nil }
      }, .number("{arch}.attention.layer_norm_epsilon", "layer_norm_epsilon"),
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
    export: .mpt, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = nil
      $0.norm = .layer
      $0.activation = .geluErf
    })
}

extension ConfigurationExport {
  /// Attention's settings in an object of their own.
  static let mpt = ConfigurationExport(
    "mpt", "MptForCausalLM", keys: ["n_heads", "n_layers", "d_model"],
    [
      .computed("attn_config") { facts in
        var attention = JSONObject()
        let bias = facts.number("attention.max_alibi_bias") ?? 0
        attention["alibi"] = .bool(bias > 0)
        attention["alibi_bias_max"] = .integer(bias > 0 ? Int(bias) : 8)
        attention["attn_type"] = "multihead_attention"
        attention["clip_qkv"] = facts.number("attention.clamp_kqv").map { .double($0) } ?? .null
        if let groups = facts.integer("attention.head_count_kv") {
          attention["kv_n_heads"] = .integer(groups)
        }
        return .object(attention)
      },
      .computed("expansion_ratio") { facts in
        guard let rows = facts.rows("blk.0.ffn_up.weight"),
          let width = facts.integer("embedding_length"), width > 0
        else { return nil }
        return .integer(rows / width)
      }, .computed("no_bias") { .bool(!$0.has("blk.0.attn_norm.bias")) },
    ])
}
