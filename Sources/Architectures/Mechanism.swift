internal import WeighbridgeByteIO

/// What a kind of layer needs that no known family has: told from the names of tensors that no rule knows.
enum Mechanism {
  /// Parts of names, and what a network with them computes; the first that fits counts.
  private static let known: [(parts: [ByteString], name: String)] = [
    (["altup", "laurel", "per_layer_"], "alternating updates and embeddings for each layer"),
    (["time_mix", "time_faaaa", "receptance", ".ffn.key", "attention.r_k"], "RWKV's time mixing"),
    (["linear_attn", "delta", "in_proj_qkvz", "b_proj", "f_a_proj"], "gated delta rules"),
    (["A_log", "dt_proj", "dt_bias", "x_proj", "conv1d", "mixer.D", "ssm"], "state-space layers"),
    (["short_conv", "conv.conv", "lconv"], "short convolutions"),
    (["kv_a_proj", "kv_b_proj", "q_a_proj"], "latent attention"),
    (["indexer"], "an indexer of keys"),
    (["EncDecAttention", "encoder_attn", "crossattention", "cross_attn"], "cross attention"),
    (["relative_attention_bias", "rel_pos", "rel_attn"], "relative positions"),
    (["sinks"], "attention sinks"), (["experts", "moe", "router"], "experts"),
    (["g_proj", "attn_gate", "gate_attn"], "gated attention"), (["lora_"], "built-in adapters"),
    (["q_norm", "k_norm", "query_layernorm", "key_layernorm"], "norms of queries and keys"),
    (["mtp.", "eh_proj", "enorm", "nextn"], "layers for further tokens"),
    (["vision", "visual", "patch_embed", "image_"], "a vision tower"),
    (["audio", "conformer", "codec", "mel"], "an audio tower"),
    (["classifier", "score.", "pooler", "cls."], "a head for classes"),
    (["layer_scale", "lambda", "gamma", "_scale"], "scales of layers"),
    (["wpe", "position_embed", "pos_emb"], "learned positions"),
  ]

  /// What some tensors need, in words, each with the names that show it.
  static func described(_ names: [String]) -> String {
    var order: [String] = []
    var shown: [String: [String]] = [:]
    for name in names {
      let bytes = ByteString(name)
      let found =
        known.first { $0.parts.contains { bytes.contains($0) } }?.name ?? "names of its own"
      if shown[found] == nil { order.append(found) }
      shown[found, default: []].append(name)
    }
    return order.prefix(4).map { mechanism in
      let names = shown[mechanism] ?? []
      let listed = names.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
      let more = names.count > 3 ? " and \(names.count - 3) more" : ""
      return "\(mechanism) (\(listed)\(more))"
    }.joined(separator: ", ") + (order.count > 4 ? " and \(order.count - 4) more parts" : "")
  }
}
