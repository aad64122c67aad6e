internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// DBRX: experts in all layers, norms by mean and variance, queries, keys and values within bounds.
  package static let dbrx = Architecture(
    name: "dbrx", configurationNames: ["DbrxForCausalLM"], computations: [.dbrx],
    defaults: [
      ConfigurationDefault("d_model", 2048), ConfigurationDefault("n_heads", 16),
      ConfigurationDefault("n_layers", 24), ConfigurationDefault("max_seq_len", 2048),
    ],
    hyperparameters: [
      .blockCount, .count("{arch}.context_length", "max_seq_len"), .embeddingLength,
      nested("{arch}.feed_forward_length", "ffn_config", "ffn_hidden_size", 3584), .headCount,
      nested("{arch}.attention.head_count_kv", "attn_config", "kv_n_heads", 1),
      .number("{arch}.rope.freq_base") { (configuration) throws(ModelError) in
        let own = configuration.value(at: ["attn_config", "rope_theta"])
        let value = own ?? configuration.fullRope["rope_theta"]
        return try Configuration.number(value, ["rope_theta"]) ?? 10_000
      },
      .number("{arch}.attention.clamp_kqv") { (configuration) throws(ModelError) in
        try Configuration.number(
          configuration.value(at: ["attn_config", "clip_qkv"]), ["clip_qkv"])
      }, nested("{arch}.expert_count", "ffn_config", "moe_num_experts", 4),
      nested("{arch}.expert_used_count", "ffn_config", "moe_top_k", 1),
      .constant("{arch}.attention.layer_norm_epsilon", .float32(1e-5)), .fileType,
    ],
    tensors: dbrxTensors, export: .dbrx, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.arrangement = .sequential
    }, quantization: QuantizationTraits { $0.convertsAllMatrices = true })

  /// A count within an object.
  private static func nested(
    _ key: String, _ object: ByteString, _ name: ByteString, _ otherwise: Int
  ) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      guard let value = configuration.value(at: [object, name]) else { return otherwise }
      return try Configuration.count(value, [name])
    }
  }

  private static let dbrxTensors: [TensorRule] =
    [
      TensorRule("transformer.wte.weight", "token_embd.weight"),
      TensorRule("transformer.norm_f.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"),
    ]
    + [
      ("norm_attn_norm.attn.Wqkv.weight", "attn_qkv.weight"),
      ("norm_attn_norm.attn.out_proj.weight", "attn_output.weight"),
      ("norm_attn_norm.norm_1.weight", "attn_norm.weight"),
      ("norm_attn_norm.norm_2.weight", "attn_output_norm.weight"),
      ("ffn.router.layer.weight", "ffn_gate_inp.weight"),
    ].map { TensorRule("transformer.blocks.{n}." + $0.0, "blk.{n}." + $0.1) }
    + [
      ("w1", "ffn_gate_exps", [TensorChange.stackedRows]), ("v1", "ffn_up_exps", [.stackedRows]),
      ("w2", "ffn_down_exps", [.stackedRows, .transpose]),
    ].map { (source: String, target: String, changes: [TensorChange]) in
      TensorRule(
        "transformer.blocks.{n}.ffn.experts.mlp.\(source)",
        outputs: [.init("blk.{n}.\(target).weight", changes)])
    }
}

extension TensorChange {
  /// Experts whose rows stand one after another, as a stack.
  fileprivate static let stackedRows = TensorChange.reshape(
    { (configuration, shape) throws(ModelError) in
      let value = configuration.value(at: ["ffn_config", "moe_num_experts"])
      let experts = try value.map { (value) throws(ModelError) in
        try Configuration.count(value, ["moe_num_experts"])
      }
      guard let experts, experts > 0, shape.dimensions.count == 2,
        shape.dimensions[0] % experts == 0
      else {
        throw ModelError(
          .shapeMismatch, "config.json", "rows of \(shape) do not share out among the experts")
      }
      return [experts, shape.dimensions[0] / experts, shape.dimensions[1]]
    }, back: { (_, shape) in [shape.elementCount / max(1, shape.rowLength), shape.rowLength] })
}

extension ConfigurationExport {
  /// Sizes in objects of their own.
  static let dbrx = ConfigurationExport(
    "dbrx", "DbrxForCausalLM",
    keys: ["d_model", "n_heads", "n_layers", "max_seq_len"],
    [
      .computed("attn_config") { facts in
        var object = JSONObject()
        object["kv_n_heads"] = .integer(facts.integer("attention.head_count_kv") ?? 1)
        object["clip_qkv"] = facts.number("attention.clamp_kqv").map { .double($0) } ?? .null
        object["rope_theta"] = facts.ropeBase ?? .double(10_000)
        return .object(object)
      },
      .computed("ffn_config") { facts in
        [
          "ffn_hidden_size": .integer(facts.integer("feed_forward_length") ?? 0),
          "moe_num_experts": .integer(facts.integer("expert_count") ?? 0),
          "moe_top_k": .integer(facts.integer("expert_used_count") ?? 0),
          "moe_normalize_expert_weights": 1.0,
        ]
      },
      .computed("rope_parameters") { facts in
        facts.ropeBase.map { ["rope_type": "default", "rope_theta": $0] }
      },
    ])
}
