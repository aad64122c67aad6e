internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// dots.ocr: images of any size, a network with gates.
  package static let dotsOCR = Projector(
    "dots_ocr", "DotsOCRForCausalLM", kept: ["vision_tower."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { _ in 0 })
        .replacing(.tower("clip.vision.embedding_length", .vision, "hidden_size", "embed_dim")),
      [
        .projectorType("dots_ocr"), .processorCount("clip.vision.image_min_pixels", "min_pixels"),
        .processorCount("clip.vision.image_max_pixels", "max_pixels"),
        .visionEpsilon("rms_norm_eps", otherwise: nil),
        .visionCount("clip.vision.projector.scale_factor", "spatial_merge_size", otherwise: nil),
        .usesSiLU,
      ],
    ],
    tensors: [
      [
        .tower("vision_tower.patch_embed.patchifier.proj.{s}", "v.patch_embd.{s}"),
        .tower("vision_tower.patch_embed.patchifier.norm.{s}", "v.pre_ln.{s}"),
        .tower("vision_tower.post_trunk_norm.{s}", "mm.post_norm.{s}"),
        .tower("vision_tower.merger.ln_q.{s}", "mm.input_norm.{s}"),
        .tower("vision_tower.merger.mlp.{n}.{s}", "mm.{n}.{s}"),
      ],
      TensorRule.layers(
        "vision_tower.blocks.{n}.",
        [
          ("norm1", "ln1"), ("norm2", "ln2"), ("attn.qkv", "attn_qkv"), ("attn.proj", "attn_out"),
          ("mlp.fc1", "ffn_gate"), ("mlp.fc2", "ffn_down"), ("mlp.fc3", "ffn_up"),
        ]),
    ])

  /// Kimi VL: MoonViT, whose positions are a table of two axes.
  package static let kimiVL = Projector(
    "kimivl", "KimiVLForConditionalGeneration", kept: [],
    within: ["vision_tower.", "multi_modal_projector."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { _ in 64 * 14 }),
      [
        .projectorType("kimivl"), .usesGELU,
        .constant("clip.vision.projector.scale_factor", .uint32(2)),
        .visionEpsilon(otherwise: 1e-5),
      ],
    ],
    tensors: [
      [
        .tower("vision_tower.patch_embed.proj.{s}", "v.patch_embd.{s}"),
        .tower(
          "vision_tower.patch_embed.pos_emb.weight", "v.position_embd.weight",
          .shaped { $0.count == 3 ? [$0[0] * $0[1], $0[2]] : $0 }),
        .tower("vision_tower.encoder.final_layernorm.{s}", "v.post_ln.{s}"),
        .separated("vision_tower.encoder.blocks.{n}.wqkv.{s}", "v.blk.{n}.attn_{part}.{s}"),
        .tower("multi_modal_projector.pre_norm.{s}", "mm.input_norm.{s}"),
        .tower("multi_modal_projector.linear_1.{s}", "mm.1.{s}"),
        .tower("multi_modal_projector.linear_2.{s}", "mm.2.{s}"),
      ],
      TensorRule.layers(
        "vision_tower.encoder.blocks.{n}.",
        [
          ("norm0", "ln1"), ("norm1", "ln2"), ("wo", "attn_out"), ("mlp.fc0", "ffn_up"),
          ("mlp.fc1", "ffn_down"),
        ]),
    ])

  /// Kimi K2.5 and GLM 5 V: MoonViT for images and films, queries and keys in the order of GGUF.
  package static let kimiK25 = Projector(
    "kimik25", "KimiK25ForConditionalGeneration", "Glm5vForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = ["patch_size": 14, "init_pos_emb_height": 64, "init_pos_emb_width": 64]
    },
    kept: [], within: ["vision_tower.", "mm_projector."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { (configuration) throws(ModelError) in
        try kimiSides(configuration).image
      }),
      [
        .projectorType("kimik25"),
        .visionCount("vision.pos_emb_height", "init_pos_emb_height", otherwise: 64),
        .visionCount("vision.pos_emb_width", "init_pos_emb_width", otherwise: 64),
        .visionCount("vision.pos_emb_time", "init_pos_emb_time", otherwise: 4),
        HyperparameterRule("clip.use_gelu") { configuration in
          .bool((configuration.vision("projector_hidden_act")?.text ?? "gelu") == "gelu")
        }, .visionEpsilon("projector_ln_eps", otherwise: 1e-5), kimiMerge,
        .count("clip.vision.image_min_pixels") { (configuration) throws(ModelError) in
          8 * (try kimiSides(configuration).area)
        },
        .count("clip.vision.image_max_pixels") { (configuration) throws(ModelError) in
          let limit = configuration.processing("in_patch_limit") ?? 16384
          let (pixels, overflow) = try Configuration.count(limit, ["in_patch_limit"])
            .multipliedReportingOverflow(by: try kimiSides(configuration).area)
          return overflow ? Int.max : pixels
        },
      ],
    ],
    tensors: [
      [
        .tower("vision_tower.patch_embed.proj.{s}", "v.patch_embd.{s}"),
        .tower("vision_tower.patch_embed.pos_emb.weight", "v.position_embd.weight"),
        .tower("vision_tower.encoder.final_layernorm.{s}", "v.post_ln.{s}"),
        .tower(
          "vision_tower.encoder.blocks.{n}.wqkv.{s}", "v.blk.{n}.attn_qkv.{s}", .turnedPairs),
        .tower("mm_projector.pre_norm.{s}", "mm.input_norm.{s}"),
        .tower("mm_projector.proj.0.{s}", "mm.1.{s}"),
        .tower("mm_projector.proj.2.{s}", "mm.2.{s}"),
        .tower("mm_projector.proj.linear_1.{s}", "mm.1.{s}"),
        .tower("mm_projector.proj.linear_2.{s}", "mm.2.{s}"),
        .tower("mm_projector.linear_1.{s}", "mm.1.{s}"),
        .tower("mm_projector.linear_2.{s}", "mm.2.{s}"),
      ],
      TensorRule.layers(
        "vision_tower.encoder.blocks.{n}.",
        [
          ("norm0", "ln1"), ("norm1", "ln2"), ("wo", "attn_out"), ("mlp.fc0", "ffn_up"),
          ("mlp.fc1", "ffn_down"),
        ]),
    ])

  /// The side of an image of as many patches as there are positions, and the area of a patch.
  private static func kimiSides(
    _ configuration: Configuration
  ) throws(ModelError) -> (image: Int, area: Int) {
    guard let side = configuration.vision("patch_size")?.integer, (1...1 << 12).contains(side),
      let count = configuration.vision("init_pos_emb_height")?.integer,
      (1...1 << 12).contains(count)
    else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'patch_size' and 'init_pos_emb_height' must be numbers from 1 to 4096")
    }
    return (side * count, side * side)
  }

  private static let kimiMerge = HyperparameterRule.count("clip.vision.projector.scale_factor") {
    (configuration) throws(ModelError) in
    let name: ByteString = "merge_kernel_size"
    guard let value = configuration.vision(name) else { return 2 }
    return try Configuration.count(value.array?.first ?? value, [name])
  }
}

extension TensorChange {
  /// Of queries and keys, pairs of pairs become two halves, as rotary positions of two axes want them;
  /// values stay (conversion/kimivl.py, `KimiK25Model.permute`).
  fileprivate static let turnedPairs = TensorChange.arrange {
    (configuration, shape) throws(ModelError) in
    // The number under its plain name alone counts here.
    let heads = configuration.vision("num_attention_heads")?.integer ?? 16
    let rows = shape.dimensions.first ?? 0
    guard heads > 0, heads <= 1 << 16, rows % (12 * heads) == 0 else {
      throw ModelError(
        .shapeMismatch, "config.json",
        "\(rows) rows are not queries, keys and values of \(heads) heads of pairs of pairs")
    }
    let extents = [3, heads, rows / (12 * heads), 2, 2]
    let whole = extents.dropFirst().map { 0..<$0 }
    let turned = RowArrangement.Grid(extents, ranges: [0..<2] + whole, order: [0, 1, 3, 2, 4])
    let values = RowArrangement.Grid(extents, ranges: [2..<3] + whole)
    return RowArrangement([turned, values])
  }
}
