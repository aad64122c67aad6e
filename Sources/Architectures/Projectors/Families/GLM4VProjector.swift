internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// GLM 4.1V and 4.5V: Qwen's tower with norms by root mean square, and a merger with gates.
  package static let glm4V = Projector(
    "glm4v", "Glm4vForConditionalGeneration", "Glm4vMoeForConditionalGeneration",
    "GlmOcrForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "depth": 24, "hidden_size": 1536, "intermediate_size": 13696, "num_heads": 12,
        "image_size": 336, "patch_size": 14, "rms_norm_eps": 1e-5, "hidden_act": "silu",
      ]
    },
    kept: ["visual.", "model.visual."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { qwen3ImageSize($0) }),
      [.projectorType("glm4v")], HyperparameterRule.visionActivation(isStrict: false),
      [.visionEpsilon("rms_norm_eps", otherwise: 1e-5)],
    ],
    tensors: ["visual.", "model.visual."].flatMap { [glm4Tensors($0), TensorRule.qwenVision($0)] })

  /// GLM 5.3 Flash: the same with norms of heads, and bounds that the processor counts in tokens.
  package static let glm5Next = Projector(
    "glm5v", "Glm5NextForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16,
        "image_size": 336, "patch_size": 14, "rms_norm_eps": 1e-5, "hidden_act": "silu",
        "swiglu_limit": 10.0,
      ]
    },
    kept: ["visual.", "model.visual."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { qwen3ImageSize($0) }),
      [.projectorType("glm5v")], HyperparameterRule.visionActivation(isStrict: false),
      [
        .visionEpsilon("rms_norm_eps", otherwise: 1e-5),
        .visionCount("clip.vision.spatial_merge_size", "spatial_merge_size", otherwise: 2),
        .towerNumber("clip.vision.swiglu_clamp", .vision, "swiglu_limit", otherwise: nil),
        tokenPixels("min"), tokenPixels("max"),
      ],
    ],
    tensors: ["visual.", "model.visual."].flatMap { [glm4Tensors($0), TensorRule.qwenVision($0)] })

  /// Pixels of one frame, as many as a number of tokens has.
  private static func tokenPixels(_ bound: String) -> HyperparameterRule {
    .count("clip.vision.image_\(bound)_pixels") { (configuration) throws(ModelError) in
      let name = ByteString("\(bound)_image_tokens")
      guard let value = configuration.processing(name) else { return nil }
      let side = (configuration.processing("patch_size")?.integer ?? 14)
        .multipliedReportingOverflow(by: configuration.processing("merge_size")?.integer ?? 2)
      guard !side.overflow, (1...1 << 15).contains(side.partialValue) else {
        throw ModelError(
          .invalidMetadata, "preprocessor_config.json",
          "'patch_size' or 'merge_size' is out of range")
      }
      let (pixels, overflow) = try Configuration.count(value, [name])
        .multipliedReportingOverflow(by: side.partialValue * side.partialValue)
      return overflow ? Int.max : pixels
    }
  }

  private static func glm4Tensors(_ tower: String) -> [TensorRule] {
    [
      .frames(tower + "patch_embed.proj.weight"),
      .tower(tower + "patch_embed.proj.bias", "v.patch_embd.bias"),
      .tower(tower + "embeddings.position_embedding.weight", "v.position_embd.weight"),
      .tower(tower + "post_conv_layernorm.{s}", "v.norm_embd.{s}"),
      .tower(tower + "post_layernorm.{s}", "v.post_ln.{s}"),
      .tower(tower + "downsample.{s}", "mm.patch_merger.{s}"),
      .tower(tower + "merger.proj.{s}", "mm.model.fc.{s}"),
      .tower(tower + "merger.post_projection_norm.{s}", "mm.post_norm.{s}"),
      .tower(tower + "merger.gate_proj.{s}", "mm.gate.{s}"),
      .tower(tower + "merger.up_proj.{s}", "mm.up.{s}"),
      .tower(tower + "merger.down_proj.{s}", "mm.down.{s}"),
    ]
  }
}
