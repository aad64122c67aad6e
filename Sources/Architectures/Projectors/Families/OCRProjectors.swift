internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Hunyuan VL and Hunyuan OCR: a tower whose features are made fewer by convolutions.
  package static let hunYuanVL = Projector(
    "hunyuanvl", "HunYuanVLForConditionalGeneration", kept: ["vit."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: {
        $0.vision("image_size")?.integer ?? $0.vision("max_image_size")?.integer ?? 2048
      }),
      [
        .projectorType("hunyuanvl"), .usesGELU, .visionEpsilon("rms_norm_eps", otherwise: 1e-5),
        .visionCount("clip.vision.spatial_merge_size", "spatial_merge_size", otherwise: 2),
        .processorCount("clip.vision.image_min_pixels", "min_pixels"),
        .processorCount("clip.vision.image_max_pixels", "max_pixels"),
      ],
    ],
    tensors: [
      [
        .tower("vit.embeddings.patch_embedding.{s}", "v.patch_embd.{s}"),
        .tower("vit.embeddings.position_embedding.weight", "v.position_embd.weight", .withoutFirst),
        .tower("vit.perceive.proj.{n}.{s}", "mm.{n}.{s}"),
        .tower("vit.perceive.mlp.{s}", "mm.model.fc.{s}"),
        .tower("vit.perceive.before_rms.weight", "mm.pre_norm.weight"),
        .tower("vit.perceive.after_rms.weight", "mm.post_norm.weight"),
        .tower("vit.perceive.image_newline", "v.image_newline"),
        .tower("vit.perceive.image_sep", "v.view_seperator"),
        .tower("vit.perceive.image_begin", "mm.image_begin"),
        .tower("vit.perceive.image_end", "mm.image_end"),
      ],
      TensorRule.layers(
        "vit.layers.{n}.",
        [
          ("input_layernorm", "ln1"), ("post_attention_layernorm", "ln2"),
          ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
          ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_out"),
          ("mlp.dense_h_to_4h", "ffn_up"), ("mlp.dense_4h_to_h", "ffn_down"),
        ]),
    ],
    // Convolutions, which some devices lack in bfloat16 (conversion/hunyuan.py).
    pins: [
      .outputs(["mm.0.", ".weight"], .halfOrSingle), .outputs(["mm.2.", ".weight"], .halfOrSingle),
    ])

  /// PaddleOCR VL: SigLIP with rotary positions.
  package static let paddleOCR = Projector(
    "paddleocr", "PaddleOCRVisionModel", "PaddleOCRVLForConditionalGeneration", kept: [],
    within: ["vision_model.", "mlp_AR."],
    leftOut: [
      .init(
        kind: "that are not used", parts: ["packing_position_embedding", "vision_model.head"])
    ],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { (configuration) throws(ModelError) in
        let pixels = configuration.processing("max_pixels")?.double ?? 0
        return pixels > 0 && pixels < 1e15 ? Int(pixels.squareRoot()) : nil
      }),
      [
        .projectorType("paddleocr"),
        .processorCount("clip.vision.image_max_pixels", "max_pixels"),
        .processorCount("clip.vision.image_min_pixels", "min_pixels"), .usesGELU,
        .visionEpsilon("rms_norm_eps", otherwise: 1e-6),
      ],
    ],
    tensors: [
      TensorRule.sigLIP("visual.vision_model."), TensorRule.sigLIP("model.vision_model."),
      [
        .tower("mlp_AR.pre_norm.{s}", "mm.input_norm.{s}"),
        .tower("mlp_AR.linear_1.{s}", "mm.1.{s}"), .tower("mlp_AR.linear_2.{s}", "mm.2.{s}"),
      ],
    ])

  /// MiniCPM-V 4.6: SigLIP with a merger within the tower and one behind it.
  package static let miniCPMV46 = Projector(
    "minicpmv4_6", "MiniCPMV4_6ForConditionalGeneration",
    kept: ["model.vision_tower.", "model.merger."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { configuration in
        configuration.processing("scale_resolution")?.integer
          ?? configuration.vision("image_size")?.integer
      }),
      [
        .projectorType("minicpmv4_6"), mergedSide, insertion, .usesGELU,
        .visionEpsilon(otherwise: 1e-6),
      ],
    ],
    tensors: [
      TensorRule.sigLIP("model.vision_tower."),
      [
        .tower("model.merger.mlp.0.pre_norm.{s}", "mm.input_norm.{s}"),
        .tower("model.merger.mlp.0.linear_1.{s}", "mm.up.{s}"),
        .tower("model.merger.mlp.0.linear_2.{s}", "mm.down.{s}"),
      ],
      innerMerger,
    ])

  private static let innerMerger: [TensorRule] = mergerNames.map { source, target in
    TensorRule.tower("model.vision_tower.vit_merger.\(source).{s}", "v.vit_merger.\(target).{s}")
  }

  private static let mergerNames: [(String, String)] = [
    ("layer_norm1", "ln1"), ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"), ("self_attn.out_proj", "attn_out"), ("pre_norm", "ds_ln"),
    ("linear_1", "ds_ffn_up"), ("linear_2", "ds_ffn_down"),
  ]

  /// How many patches become one: by the merger behind the tower, and the one within it.
  private static let mergedSide = HyperparameterRule.count("clip.vision.projector.scale_factor") {
    (configuration) throws(ModelError) in
    switch configuration.processing("downsample_mode")?.text ?? "16x" {
    case "16x": return 4
    case let mode:
      throw ModelError(
        .unsupportedSetting, "preprocessor_config.json",
        "'downsample_mode' is '\(mode)', and only '16x' is known here")
    }
  }

  private static let insertion = HyperparameterRule("clip.vision.wa_layer_indexes") {
    configuration in
    let layer =
      configuration.whole("insert_layer_id")?.integer
      ?? configuration.vision("insert_layer_id")?.integer ?? 6
    return .array(.int32([Int32(truncatingIfNeeded: layer)]))
  }
}

extension TensorChange {
  /// All rows but the first: that of a token for classes.
  fileprivate static let withoutFirst = TensorChange.arrange { (_, shape) throws(ModelError) in
    try .slice(shape, 1..<max(1, shape.dimensions.first ?? 1), axis: 0)
  }
}
