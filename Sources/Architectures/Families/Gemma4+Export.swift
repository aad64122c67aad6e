internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension ConfigurationExport {
  /// Layers of two kinds, each with sizes and rotary parameters of its own.
  static let gemma4 = ConfigurationExport(
    "gemma4_text", "Gemma4ForCausalLM",
    [
      .constant("hidden_activation", "gelu_pytorch_tanh"), .attentionBias, .layerTypes,
      .computed("head_dim") { facts in
        (facts.integer("attention.key_length_swa") ?? facts.headWidth).map { .integer($0) }
      },
      .computed("global_head_dim") { facts in facts.headWidth.map { .integer($0) } },
      .computed("num_key_value_heads") { facts in
        facts.ofKind("attention.head_count_kv", sliding: true).map { .integer($0) }
      },
      .computed("num_global_key_value_heads") { facts in
        guard facts["attention.head_count_kv"]?.array != nil else { return .null }
        return facts.ofKind("attention.head_count_kv", sliding: false).map { .integer($0) }
      },
      .computed("attention_k_eq_v") { facts in
        guard let layer = facts.firstLayer(sliding: false) else { return false }
        return .bool(
          facts.has("blk.\(layer).attn_k.weight") && !facts.has("blk.\(layer).attn_v.weight"))
      },
      .integer("intermediate_size", "feed_forward_length"),
      .computed("use_double_wide_mlp") { facts in
        .bool(facts["feed_forward_length"]?.array != nil)
      },
      .integer("hidden_size_per_layer_input", "embedding_length_per_layer_input"),
      .computed("vocab_size_per_layer_input") { facts in
        (facts.rows("per_layer_token_embd.weight") ?? facts.vocabularySize).map { .integer($0) }
      },
      .has("enable_moe_block", "blk.0.ffn_gate_inp.weight"),
      .integer("num_experts", "expert_count"), .integer("top_k_experts", "expert_used_count"),
      .integer("moe_intermediate_size", "expert_feed_forward_length"),
      .computed("final_logit_softcapping") { facts in
        facts.number("final_logit_softcapping").map { .double($0) } ?? .null
      },
      .computed("use_bidirectional_attention") { facts in
        facts["attention.causal"]?.bool == false ? "all" : .null
      },
      .computed("rope_parameters") { (facts) throws(ModelError) in try facts.ropeOfGemma4() },
    ], writesRotary: false)
}

extension ExportFacts {
  /// The first layer with a sliding window, or without.
  func firstLayer(sliding: Bool) -> Int? {
    self["attention.sliding_window_pattern"]?.array?.bools?.firstIndex(of: sliding)
  }

  /// A number for each layer, or one for all: that of the layers of a kind.
  func ofKind(_ suffix: ByteString, sliding: Bool) -> Int? {
    guard let list = self[suffix]?.array?.integers else { return integer(suffix) }
    guard let layer = firstLayer(sliding: sliding), list.indices.contains(layer) else {
      return list.first
    }
    return list[layer]
  }

  /// Layers with full attention turn a part of each head: what the factors leave.
  fileprivate func ropeOfGemma4() throws(ModelError) -> JSONValue {
    let factors = try floats("rope_freqs.weight") ?? []
    let turning = factors.prefix { $0 < 1e20 }
    var full = JSONObject()
    full["rope_theta"] = .double(number("rope.freq_base") ?? 1_000_000)
    if factors.isEmpty {
      full["rope_type"] = "default"
    } else {
      full["rope_type"] = "proportional"
      full["partial_rotary_factor"] = .double(Double(turning.count) / Double(factors.count))
      if let factor = turning.first, factor != 1 {
        full["factor"] = .double(Double("\(factor)") ?? 1)
      }
    }
    return [
      "full_attention": .object(full),
      "sliding_attention": [
        "rope_type": "default", "rope_theta": .double(number("rope.freq_base_swa") ?? 10_000),
      ],
    ]
  }
}
