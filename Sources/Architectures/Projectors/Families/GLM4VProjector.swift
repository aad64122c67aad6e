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
