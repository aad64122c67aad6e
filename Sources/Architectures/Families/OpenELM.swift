internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// OpenELM: every layer has its own number of heads and its own width.
  package static let openELM = Architecture(
    name: "openelm", configurationNames: ["OpenELMForCausalLM"], computations: [.openELM],
    defaults: [
      ConfigurationDefault("num_hidden_layers") { $0["num_transformer_layers"] },
      ConfigurationDefault("hidden_size") { $0["model_dim"] },
    ],
    hyperparameters: [
      .blockCount, .count("{arch}.context_length", "max_context_length"), .embeddingLength,
      .perLayer("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        try configuration.networkWidths()
      },
      .perLayer("{arch}.attention.head_count") { (configuration) throws(ModelError) in
        try configuration.counts("num_query_heads")
      },
      .perLayer("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
        try configuration.counts("num_kv_heads")
      },
      .number("{arch}.rope.freq_base", "rope_freq_constant"),
      .constant("{arch}.attention.layer_norm_rms_epsilon", .float32(1e-6)),
      .count("{arch}.rope.dimension_count", "head_dim"),
      .count("{arch}.attention.key_length", "head_dim"),
      .count("{arch}.attention.value_length", "head_dim"), .fileType,
    ],
    tensors: [
      TensorRule("transformer.token_embeddings.weight", "token_embd.weight"),
      TensorRule("transformer.norm.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"),
      TensorRule("transformer.layers.{n}.attn_norm.weight", "blk.{n}.attn_norm.weight"),
      TensorRule("transformer.layers.{n}.ffn_norm.weight", "blk.{n}.ffn_norm.weight"),
      TensorRule("transformer.layers.{n}.attn.qkv_proj.weight", "blk.{n}.attn_qkv.weight"),
      TensorRule("transformer.layers.{n}.attn.out_proj.weight", "blk.{n}.attn_output.weight"),
      TensorRule("transformer.layers.{n}.attn.q_norm.weight", "blk.{n}.attn_q_norm.weight"),
      TensorRule("transformer.layers.{n}.attn.k_norm.weight", "blk.{n}.attn_k_norm.weight"),
      TensorRule("transformer.layers.{n}.ffn.proj_2.weight", "blk.{n}.ffn_down.weight"),
      TensorRule(
        "transformer.layers.{n}.ffn.proj_1.weight",
        outputs: [
          .init("blk.{n}.ffn_gate.weight", [.part(0, of: 2)]),
          .init("blk.{n}.ffn_up.weight", [.part(1, of: 2)]),
        ]),
    ], vocabulary: .sentencePiece)
}

extension HyperparameterRule {
  /// A number for each layer.
  fileprivate static func perLayer(
    _ key: String, _ rule: @escaping @Sendable (Configuration) throws(ModelError) -> [Int]
  ) -> HyperparameterRule {
    HyperparameterRule(key) { (configuration) throws(ModelError) in
      let values = try rule(configuration)
      let layers = try configuration.layerCount()
      guard values.count == layers else {
        throw ModelError(
          .invalidMetadata, "config.json", "\(values.count) values of '\(key)' for \(layers) layers"
        )
      }
      return .array(.int32(values.map { Int32(truncatingIfNeeded: $0) }))
    }
  }
}

extension Configuration {
  fileprivate func counts(_ key: ByteString) throws(ModelError) -> [Int] {
    var result: [Int] = []
    for value in first(of: [key])?.array ?? [] {
      result.append(try Configuration.count(value, [key]))
    }
    return result
  }

  /// Multiples of the width, rounded to a multiple of a divisor, and not down by more than a tenth
  /// (conversion/openelm.py, `_make_divisible`).
  fileprivate func networkWidths() throws(ModelError) -> [Int] {
    let (width, divisor) = (try count("model_dim"), try count("ffn_dim_divisor"))
    var result: [Int] = []
    for value in self["ffn_multipliers"]?.array ?? [] {
      let factor = try Configuration.number(value, ["ffn_multipliers"]) ?? 0
      let wanted = factor * Double(width)
      guard wanted >= 0, wanted < Double(Int32.max) else {
        throw ModelError(.invalidMetadata, "config.json", "'ffn_multipliers' are too large")
      }
      var rounded = max(divisor, Int(wanted + Double(divisor) / 2) / divisor * divisor)
      if Double(rounded) < 0.9 * wanted { rounded += divisor }
      result.append(rounded)
    }
    return result
  }
}

extension FamilyComputation {
  /// `modeling_openelm.py` beside the checkpoints.
  static let openELM = FamilyComputation(
    "OpenELMForCausalLM", rules: [],
    sizes: describedKeys.union([
      "num_transformer_layers", "model_dim", "num_kv_heads", "num_query_heads", "ffn_multipliers",
      "ffn_dim_divisor", "max_context_length", "rope_freq_constant",
    ]),
    incidental: [
      "num_gqa_groups", "qkv_multipliers", "rope_max_length", "share_input_output_layers",
    ],
    refusals: [
      .fixed("activation_fn_name", "swish", "silu"), .fixed("normalization_layer_name", "rms_norm"),
      .whereFalse("ffn_with_glu", "networks without gates"),
      .whereFalse("normalize_qk_projections", "queries and keys without norms"),
    ], tiesHead: true, headKey: "share_input_output_layers")
}
