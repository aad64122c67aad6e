internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Ling 3 VL: the tower of Qwen 3 VL, merged by a norm alone, and a projection outside of it.
  package static let ling3VL = Projector(
    "ling3vl", "BailingMoeV3VLForConditionalGeneration",
    places: ProjectorPlaces { $0.visionDefaults = .qwen3VL },
    kept: ["visual.", "model.visual.", "linear_proj."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { qwen3ImageSize($0) }),
      [
        plainMerger, .projectorType("ling3vl"), .usesGELU,
        .visionCount("clip.vision.spatial_merge_size", "spatial_merge_size", otherwise: nil),
        qwen3Epsilon,
      ],
    ],
    tensors: [[TensorRule.tower("linear_proj.{n}.{s}", "mm.{n}.{s}")]]
      + ["visual.", "model.visual."].flatMap { (tower: String) -> [[TensorRule]] in
        [
          [.tower(tower + "merger.norm.{s}", "mm.input_norm.{s}")], deepStackTensors(tower),
          qwen3Tensors(tower), TensorRule.qwenVision(tower),
        ]
      })

  private static let plainMerger = HyperparameterRule("") { (configuration) throws(ModelError) in
    guard configuration.vision("disable_merger_proj")?.bool == true,
      configuration.vision("out_hidden_size")?.integer != nil
    else {
      throw ModelError(
        .unsupportedSetting, "config.json",
        "a vision tower without 'disable_merger_proj' and 'out_hidden_size' is not known for "
          + "this projector")
    }
    return nil
  }
}
