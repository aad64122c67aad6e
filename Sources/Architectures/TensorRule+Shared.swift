internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

/// Rules that many families share: the names that transformers gives to a decoder in Llama's manner.
extension TensorRule {
  /// Token embeddings, the last norm and the output; `norm` is done to the weight of the norm.
  static func embeddings(norm: TensorChange...) -> [TensorRule] {
    [
      TensorRule("model.embed_tokens.weight", "token_embd.weight"),
      TensorRule(
        "model.norm.weight", outputs: [Output("output_norm.weight", norm)]),
      TensorRule("model.norm.bias", "output_norm.bias"),
      TensorRule("lm_head.{s}", "output.{s}"),
    ]
  }

  /// An output that repeats the embeddings, which GGUF leaves out.
  static let tiedOutput = tiedOutput(otherwise: true)

  /// The same, where embeddings are repeated or not if nothing is said.
  static func tiedOutput(otherwise: Bool) -> TensorRule {
    .unused("lm_head.weight") { $0["tie_word_embeddings"]?.bool ?? otherwise }
  }

  /// Query, key, value and output; the changes are done to query and key.
  static func attention(
    _ query: TensorChange? = nil, _ key: TensorChange? = nil
  ) -> [TensorRule] {
    [
      layer("self_attn.q_proj.{s}", "attn_q.{s}", query),
      layer("self_attn.k_proj.{s}", "attn_k.{s}", key),
      layer("self_attn.v_proj.{s}", "attn_v.{s}"),
      layer("self_attn.o_proj.{s}", "attn_output.{s}"),
    ]
  }

  /// Norms of the heads of query and key.
  static func headNorms(_ change: TensorChange? = nil) -> [TensorRule] {
    [
      layer("self_attn.q_norm.weight", "attn_q_norm.weight", change),
      layer("self_attn.k_norm.weight", "attn_k_norm.weight", change),
    ]
  }

  /// The norm before attention.
  static func attentionNorm(_ change: TensorChange? = nil) -> [TensorRule] {
    [
      layer("input_layernorm.weight", "attn_norm.weight", change),
      layer("input_layernorm.bias", "attn_norm.bias"),
    ]
  }

  /// The norm before the feed-forward network, under the name that most families give it.
  static func feedForwardNorm(_ change: TensorChange? = nil) -> [TensorRule] {
    [
      layer("post_attention_layernorm.weight", "ffn_norm.weight", change),
      layer("post_attention_layernorm.bias", "ffn_norm.bias"),
    ]
  }

  /// Norms behind attention and behind the feed-forward network.
  static func outerNorms(_ change: TensorChange? = nil) -> [TensorRule] {
    [
      layer("post_attention_layernorm.weight", "post_attention_norm.weight", change),
      layer("post_feedforward_layernorm.weight", "post_ffw_norm.weight", change),
    ]
  }

  /// Gate, up and down.
  static let gatedFeedForward: [TensorRule] = [
    layer("mlp.gate_proj.{s}", "ffn_gate.{s}"),
    layer("mlp.up_proj.{s}", "ffn_up.{s}"),
    layer("mlp.down_proj.{s}", "ffn_down.{s}"),
  ]

  /// Experts with a gate each, stored one by one, and the router before them.
  static let experts: [TensorRule] =
    [
      layer("mlp.gate.weight", "ffn_gate_inp.weight"),
      layer("mlp.experts.{e}.down_proj.weight", "ffn_down_exps.weight"),
      layer("mlp.experts.{e}.gate_proj.weight", "ffn_gate_exps.weight"),
      layer("mlp.experts.{e}.up_proj.weight", "ffn_up_exps.weight"),
    ] + stackedExperts("mlp.experts")

  /// Experts under Mixtral's names.
  static let blockSparseExperts: [TensorRule] =
    [
      layer("block_sparse_moe.gate.weight", "ffn_gate_inp.weight"),
      layer("block_sparse_moe.experts.{e}.w1.weight", "ffn_gate_exps.weight"),
      layer("block_sparse_moe.experts.{e}.w2.weight", "ffn_down_exps.weight"),
      layer("block_sparse_moe.experts.{e}.w3.weight", "ffn_up_exps.weight"),
      layer("mlp.gate.weight", "ffn_gate_inp.weight").readOnly,
    ] + stackedExperts("mlp.experts") + stackedExperts("block_sparse_moe.experts")

  /// The expert that every token uses, under DeepSeek's names.
  static let sharedExperts: [TensorRule] = [
    layer("mlp.shared_experts.down_proj.weight", "ffn_down_shexp.weight"),
    layer("mlp.shared_experts.gate_proj.weight", "ffn_gate_shexp.weight"),
    layer("mlp.shared_experts.up_proj.weight", "ffn_up_shexp.weight"),
  ]

  /// What is added to the router's scores for the choice alone.
  static let choiceBias = layer("mlp.gate.e_score_correction_bias", "exp_probs_b.bias")

  /// The same experts as transformers 5 keeps them: stacked already, gate and up in one.
  ///
  /// Its own layout is [experts, 2 × inner, width] and [experts, width, inner]; some vendors publish
  /// the transposed one. Where both fit, `isTransposed` decides.
  static func stackedExperts(_ name: String, isTransposed: Bool = false) -> [TensorRule] {
    ["", ".weight"].flatMap { suffix in
      [
        TensorRule(
          "model.layers.{n}.\(name).gate_up_proj\(suffix)",
          outputs: [
            Output(
              "blk.{n}.ffn_gate_exps.weight",
              [.rows(of: { $0.outerWidth }, otherwise: isTransposed), .part(0, of: 2)]),
            Output(
              "blk.{n}.ffn_up_exps.weight",
              [.rows(of: { $0.outerWidth }, otherwise: isTransposed), .part(1, of: 2)]),
          ]
        ).readOnly,
        layer(
          "\(name).down_proj\(suffix)", "ffn_down_exps.weight",
          .rows(of: { $0.innerWidth }, otherwise: isTransposed)
        ).readOnly,
      ]
    }
  }

  /// A tensor of a layer, under both names without what is before.
  static func layer(
    _ source: String, _ target: String, _ change: TensorChange? = nil
  ) -> TensorRule {
    TensorRule(
      "model.layers.{n}." + source,
      outputs: [Output("blk.{n}." + target, change.map { [$0] } ?? [])])
  }
}

extension RowArrangement {
  /// Consecutive rows, of all but the last dimension; `axis` is which dimension they are counted in.
  static func slice(
    _ shape: TensorShape, _ range: Range<Int>, axis: Int
  ) throws(ModelError) -> RowArrangement {
    let outer = Array(shape.dimensions.dropLast(shape.dimensions.count > 1 ? 1 : 0))
    guard outer.indices.contains(axis), range.lowerBound >= 0, range.upperBound <= outer[axis]
    else {
      throw ModelError(
        .shapeMismatch, "config.json",
        "rows \(range) are out of range for a tensor of shape \(shape)")
    }
    var ranges = outer.map { 0..<$0 }
    ranges[axis] = range
    return RowArrangement(grid: outer, ranges: ranges, shape: ranges.map(\.count))
  }
}

extension Configuration {
  /// The width of hidden states, for tensors whose rows have it.
  fileprivate var outerWidth: Int? { try? width() }
  /// The width of an expert.
  fileprivate var innerWidth: Int? {
    try? optionalCount("moe_intermediate_size", "expert_ffn_hidden_size", "intermediate_size")
  }
}

extension TensorChange {
  /// The last two dimensions change places where rows would not have a length else; `otherwise` says
  /// whether they do where both have it.
  fileprivate static func rows(
    of length: @escaping @Sendable (Configuration) -> Int?, otherwise: Bool
  ) -> TensorChange {
    .chosen { (configuration, shape) throws(ModelError) in
      let dimensions = shape.dimensions.suffix(2)
      guard let rows = dimensions.first, let row = dimensions.last,
        let expected = length(configuration), rows != row
      else { return otherwise ? [.transpose] : [] }
      return row != expected && rows == expected ? [.transpose] : []
    }
  }

  /// One of `count` equal parts of the rows next to the last dimension.
  static func part(_ index: Int, of count: Int) -> TensorChange {
    .arrange { (_, shape) throws(ModelError) in
      let axis = max(0, shape.dimensions.count - 2)
      let rows = shape.dimensions.indices.contains(axis) ? shape.dimensions[axis] : 0
      guard rows % count == 0 else {
        throw ModelError(
          .shapeMismatch, "config.json", "\(rows) rows do not fall into \(count) equal parts")
      }
      let size = rows / count
      return try .slice(shape, index * size..<(index + 1) * size, axis: axis)
    }
  }

  /// Every second row next to the last dimension, from `first` on.
  static func everySecond(from first: Int) -> TensorChange {
    .arrange { (_, shape) throws(ModelError) in
      let outer = shape.dimensions.dropLast()
      guard let rows = outer.last, rows % 2 == 0 else {
        throw ModelError(.shapeMismatch, "config.json", "rows of \(shape) do not alternate")
      }
      let leading = outer.dropLast()
      let grid = Array(leading) + [rows / 2, 2]
      var ranges = grid.map { 0..<$0 }
      ranges[grid.count - 1] = first..<first + 1
      return RowArrangement(grid: grid, ranges: ranges, shape: Array(leading) + [rows / 2])
    }
  }

  /// Query, key and value of one head after another become all queries, all keys, all values.
  static let ungroupHeads = TensorChange.arrange { (configuration, shape) throws(ModelError) in
    let heads = try configuration.headCount()
    let rows = shape.dimensions.first ?? 0
    guard rows % (3 * heads) == 0 else {
      throw ModelError(
        .shapeMismatch, "config.json", "\(rows) rows are not three parts of \(heads) heads")
    }
    return RowArrangement(grid: [heads, 3, rows / heads / 3], order: [1, 0, 2])
  }
}
