internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// InternLM 2: query, key and value in one matrix, a group of heads after another.
  package static let internLM2 = Architecture(
    name: "internlm2", configurationNames: ["InternLM2ForCausalLM"], computations: [.internLM2],
    hyperparameters: [
      .blockCount, .count("{arch}.context_length", "max_position_embeddings"), .embeddingLength,
      .count("{arch}.feed_forward_length", "intermediate_size"), .headCount, .keyValueHeadCount,
      .number("{arch}.rope.freq_base", "rope_theta"),
      .number("{arch}.attention.layer_norm_rms_epsilon", "rms_norm_eps"), .fileType,
    ],
    tensors: [
      TensorRule("model.tok_embeddings.weight", "token_embd.weight"),
      TensorRule("model.norm.weight", "output_norm.weight"),
      TensorRule("output.weight", "output.weight"),
      .layer("attention_norm.weight", "attn_norm.weight"),
      .layer("ffn_norm.weight", "ffn_norm.weight"),
      .layer("attention.wo.weight", "attn_output.weight"),
      .layer("feed_forward.w1.weight", "ffn_gate.weight"),
      .layer("feed_forward.w2.weight", "ffn_down.weight"),
      .layer("feed_forward.w3.weight", "ffn_up.weight"),
      TensorRule(
        "model.layers.{n}.attention.wqkv.weight",
        outputs: [
          .init("blk.{n}.attn_q.weight", [.grouped(.queries), .permuteQuery]),
          .init("blk.{n}.attn_k.weight", [.grouped(.keys), .permuteKey]),
          .init("blk.{n}.attn_v.weight", [.grouped(.values)]),
        ]),
    ], closing: [.constant("tokenizer.ggml.add_space_prefix", .bool(false))],
    vocabulary: .sentencePiece, traits: DecoderTraits())

  /// InternLM 3: Llama's layers.
  package static let internLM3 = Architecture(
    name: "llama", configurationNames: ["InternLM3ForCausalLM"], computations: [.internLM3],
    hyperparameters: HyperparameterRule.common + [.vocabularySize, .ropeWidth],
    tensors: TensorRule.embeddings() + TensorRule.attention(.permuteQuery, .permuteKey)
      + TensorRule.llamaNetwork, vocabulary: VocabularyKind(.sentencePiece, readsSpacePrefix: true))
}

/// What a group of a fused projection holds: its query heads, then its key head, then its value head.
private enum GroupPart { case queries, keys, values }

extension TensorChange {
  /// A part of every group.
  fileprivate static func grouped(_ part: GroupPart) -> TensorChange {
    .arrange { (configuration, shape) throws(ModelError) in
      let (heads, groups) = (try configuration.headCount(), try configuration.keyValueHeadCount())
      let width = try configuration.width() / heads
      guard heads % groups == 0, width > 0,
        shape.dimensions.first == (heads + 2 * groups) * width
      else {
        throw ModelError(
          .shapeMismatch, "config.json",
          "\(shape) is not \(groups) groups for \(heads) heads of \(width) rows")
      }
      let queries = heads / groups
      let range =
        switch part {
        case .queries: 0..<queries
        case .keys: queries..<queries + 1
        case .values: queries + 1..<queries + 2
        }
      return RowArrangement(
        grid: [groups, queries + 2, width], ranges: [0..<groups, range, 0..<width],
        shape: [groups * range.count * width])
    }
  }
}

extension FamilyComputation {
  /// `modeling_internlm2.py` beside the checkpoints.
  static let internLM2 = FamilyComputation(
    "InternLM2ForCausalLM", rules: [.activation(), .epsilon(otherwise: 1e-6), .rotary(), .causal],
    sizes: decoderSizes,
    optionalTensors: [
      OptionalTensors(
        "bias", otherwise: true, in: "model.layers.{n}.attention.", ["wqkv.bias", "wo.bias"])
    ])

  static let internLM3 = FamilyComputation(
    "InternLM3ForCausalLM",
    rules: [.activation(), .epsilon(otherwise: 1e-5), .rotary(), .causal],
    sizes: decoderSizes, incidental: ["bias", "qkv_bias"],
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
