internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// EXAONE 4.5: the tower of Qwen 2.5 VL with fewer heads for keys.
  package static let exaone45 = Projector(
    "exaone4_5", "Exaone4_5_ForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "depth": 32, "hidden_size": 3584, "intermediate_size": 3420, "num_heads": 16,
        "patch_size": 14, "window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31],
        "num_key_value_heads": 8,
      ]
    },
    kept: ["visual.", "model.visual."],
    metadata: [
      qwen2Tower,
      [
        .projectorType("exaone4_5"), .usesSiLU,
        .processorCount("clip.vision.image_min_pixels", "min_pixels"),
        .processorCount("clip.vision.image_max_pixels", "max_pixels"),
        .visionCount(
          "clip.vision.attention.head_count_kv", "num_key_value_heads", otherwise: nil),
        exaoneEpsilon, .visionCount("clip.vision.window_size", "window_size", otherwise: nil),
        exaoneWindows,
      ],
    ],
    tensors: ["visual.", "model.visual."].map { (tower: String) -> [TensorRule] in
      let own: [TensorRule] = [
        .frames(tower + "patch_embed.proj.weight"),
        .tower(tower + "merger.ln_q.{s}", "v.post_ln.{s}"),
        .tower(tower + "merger.mlp.{n}.{s}", "mm.{n}.{s}"),
      ]
      return own + TensorRule.qwenVision(tower)
    }, pins: [.output(".position_embd.", .single)])

  private static let exaoneEpsilon = HyperparameterRule.number(
    "clip.vision.attention.layer_norm_epsilon"
  ) { (configuration) throws(ModelError) in
    let name: ByteString = "rms_norm_eps"
    let value = configuration.vision(name) ?? configuration.whole(name)
    return try Configuration.number(value, [name]) ?? 1e-6
  }

  private static let exaoneWindows = HyperparameterRule(qwenWindows.key) {
    (configuration) throws(ModelError) in
    guard configuration.vision("fullatt_block_indexes")?.array?.isEmpty == false else { return nil }
    return try qwenWindows.value(configuration)
  }
}
