internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Gemma 4 in one piece: patches and sound go through matrices alone.
  package static let gemma4Unified = Projector(
    "gemma4uv", of: ["Gemma4UnifiedForConditionalGeneration"], senses: [.vision, .audio],
    kept: ["model.vision_embedder.", "model.embed_vision.", "model.embed_audio."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { _ in 224 })
        .replacing(.tower("clip.vision.embedding_length", .vision, "mm_embed_dim"))
        .replacing(.constant("clip.vision.feed_forward_length", .uint32(0)))
        .replacing(.constant("clip.vision.block_count", .uint32(0)))
        .replacing(.constant("clip.vision.attention.head_count", .uint32(0))),
      HyperparameterRule.audioTower
        .replacing(.tower("clip.audio.embedding_length", .audio, "audio_embed_dim"))
        .replacing(.constant("clip.audio.feed_forward_length", .uint32(0)))
        .replacing(.constant("clip.audio.block_count", .uint32(0)))
        .replacing(.constant("clip.audio.attention.head_count", .uint32(0))),
      [
        .constant("clip.vision.projector_type", .string("gemma4uv")),
        .visionEpsilon(otherwise: 1e-6), audioOnly("gemma4ua"), gemma4Mels,
        .audioEpsilon(otherwise: 1e-6),
      ],
    ],
    tensors: [
      [
        .tower("model.embed_vision.embedding_projection.weight", "mm.input_projection.weight"),
        .tower("model.embed_audio.embedding_projection.weight", "mm.a.input_projection.weight"),
        .tower(
          "model.vision_embedder.pos_embedding", "v.position_embd.weight", .firstTwoExchanged),
        .tower("model.vision_embedder.patch_dense.weight", "v.patch_embd.weight", .colorsFirst),
        .tower("model.vision_embedder.patch_dense.bias", "v.patch_embd.bias"),
        .tower("model.vision_embedder.patch_ln1.{s}", "v.patch_norm.1.{s}", .colorsFirst),
        .tower("model.vision_embedder.patch_ln2.{s}", "v.patch_norm.2.{s}"),
        .tower("model.vision_embedder.pos_norm.{s}", "v.patch_norm.3.{s}"),
      ]
    ])

  /// What hears, under a name of its own.
  static func audioOnly(_ name: String) -> HyperparameterRule {
    HyperparameterRule("clip.audio.projector_type") { configuration in
      configuration.tower(.audio) == nil ? nil : .string(ByteString(name))
    }
  }

  static let gemma4Mels = HyperparameterRule.count("clip.audio.num_mel_bins") {
    (configuration) throws(ModelError) in
    guard configuration.tower(.audio) != nil else { return nil }
    let name: ByteString = "input_feat_size"
    return try Configuration.count(configuration.audio(name) ?? 128, [name])
  }

  static let gemma4Audio: [HyperparameterRule] = HyperparameterRule.audioTower.replacing(
    .count("clip.audio.feed_forward_length") { (configuration) throws(ModelError) in
      guard configuration.tower(.audio) != nil else { return nil }
      guard let width = configuration.audio("hidden_size")?.integer, (0...1 << 24).contains(width)
      else {
        throw ModelError(
          .missingMetadata, "config.json", "the audio tower's 'hidden_size' is missing")
      }
      return width * 4
    })

  /// What of the conformer is not clipped.
  static let gemma4Sound: [TensorRule] =
    TensorRule.parts(
      "model.", "",
      [
        ("embed_audio.embedding_projection", "mm.a.input_projection"),
        ("audio_tower.output_proj", "a.pre_encode.out"),
        ("audio_tower.subsample_conv_projection.input_proj_linear", "a.input_projection"),
        ("audio_tower.subsample_conv_projection.layer0.conv", "a.conv1d.0"),
        ("audio_tower.subsample_conv_projection.layer0.norm", "a.conv1d.0.norm"),
        ("audio_tower.subsample_conv_projection.layer1.conv", "a.conv1d.1"),
        ("audio_tower.subsample_conv_projection.layer1.norm", "a.conv1d.1.norm"),
      ])
    + [
      .tower(
        "model.audio_tower.layers.{n}.self_attn.per_dim_scale", "a.blk.{n}.per_dim_scale.weight",
        .derive(.softplus)),
      .tower(
        "model.audio_tower.layers.{n}.lconv1d.depthwise_conv1d.weight", "a.blk.{n}.conv_dw.weight",
        .depthwise),
    ]

  /// Matrices, each with the bounds that its values are clipped to, and norms.
  static let gemma4Conformer: [TensorRule] = [
    ("feed_forward1.pre_layer_norm", "ffn_norm"), ("feed_forward1.ffw_layer_1", "ffn_up"),
    ("feed_forward1.ffw_layer_2", "ffn_down"), ("feed_forward1.post_layer_norm", "ffn_post_norm"),
    ("feed_forward2.pre_layer_norm", "ffn_norm_1"), ("feed_forward2.ffw_layer_1", "ffn_up_1"),
    ("feed_forward2.ffw_layer_2", "ffn_down_1"),
    ("feed_forward2.post_layer_norm", "ffn_post_norm_1"), ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"), ("self_attn.post", "attn_out"),
    ("self_attn.relative_k_proj", "attn_k_rel"), ("norm_pre_attn", "attn_pre_norm"),
    ("norm_post_attn", "attn_post_norm"), ("norm_out", "ln2"),
    ("lconv1d.pre_layer_norm", "conv_norm"), ("lconv1d.linear_start", "conv_pw1"),
    ("lconv1d.linear_end", "conv_pw2"), ("lconv1d.conv_norm", "norm_conv"),
  ].flatMap { (source: String, target: String) -> [TensorRule] in
    clipped("model.audio_tower.layers.{n}." + source, "a.blk.{n}." + target)
  }

  /// A matrix by itself or within what clips it, and the bounds, which are scalars in a checkpoint.
  static func clipped(_ source: String, _ target: String) -> [TensorRule] {
    var rules: [TensorRule] = [
      .tower(source + ".{s}", target + ".{s}"), .tower(source + ".linear.{s}", target + ".{s}"),
    ]
    for bound in ["input_max", "input_min", "output_max", "output_min"] {
      rules.append(
        .tower("\(source).\(bound)", "\(target).\(bound)", .shaped { $0.isEmpty ? [1] : $0 }))
    }
    return rules
  }
}

extension TensorChange {
  /// [a, b, c] becomes [b, a, c].
  fileprivate static let firstTwoExchanged = TensorChange.arrange {
    (_, shape) throws(ModelError) in
    let outer = Array(shape.dimensions.dropLast())
    guard outer.count == 2 else {
      throw ModelError(
        .shapeMismatch, "config.json", "positions of shape \(shape) are not those of two axes")
    }
    return RowArrangement(grid: outer, order: [1, 0], shape: [outer[1], outer[0]])
  }

  /// Of each row, elements whose colours stand last in each place come colour by colour.
  fileprivate static let colorsFirst = TensorChange.chosen { (_, shape) throws(ModelError) in
    let dimensions = shape.dimensions
    guard let row = dimensions.last, row > 0, row % 3 == 0, dimensions.count <= 2 else {
      throw ModelError(
        .shapeMismatch, "config.json", "rows of \(shape) are not patches in three colours")
    }
    let (count, all) = (shape.elementCount / row, shape.elementCount)
    return [
      .reshape({ _, _ in [all, 1] }, back: { _, _ in dimensions }),
      .arrange { (_, _) throws(ModelError) in
        RowArrangement(grid: [count, row / 3, 3], order: [0, 2, 1], shape: [all])
      },
      .reshape({ _, _ in dimensions }, back: { _, _ in dimensions }),
    ]
  }
}
