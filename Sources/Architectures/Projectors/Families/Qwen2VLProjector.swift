internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Qwen 2 VL: patches of two frames, four neighbours merged into one token.
  package static let qwen2VL = Projector(
    "qwen2vl_merger", "Qwen2VLForConditionalGeneration", "Qwen2VLModel",
    places: ProjectorPlaces {
      $0.visionDefaults = ["depth": 32, "embed_dim": 1280, "num_heads": 16, "patch_size": 14]
    },
    kept: ["visual.", "model.visual."],
    metadata: [
      qwen2Tower,
      [.projectorType("qwen2vl_merger"), qwenEpsilon],
    ], tensors: qwen2Tensors, pins: [.output(".position_embd.", .single)])

  /// Qwen 2.5 VL: windows in all layers but every n-th.
  package static let qwen25VL = Projector(
    "qwen2.5vl_merger", "Qwen2_5_VLForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "depth": 32, "hidden_size": 3584, "intermediate_size": 3420, "num_heads": 16,
        "patch_size": 14, "fullatt_block_indexes": [7, 15, 23, 31],
      ]
    },
    kept: ["visual.", "model.visual."],
    metadata: [
      qwen2Tower, [.projectorType("qwen2.5vl_merger"), .usesSiLU, qwenWindows, qwenEpsilon],
    ], tensors: qwen2Tensors, pins: [.output(".position_embd.", .single)])

  /// Sarashina 2.2 Vision: the same tower.
  package static let sarashina2 = Projector(
    "qwen2vl_merger", of: ["Sarashina2VisionForCausalLM"], places: qwen2VL.places,
    kept: ["visual."], metadata: [Array(qwen2VL.network.hyperparameters.dropFirst())],
    tensors: qwen2Tensors, pins: [.output(".position_embd.", .single)])

  /// Where there is an 'embed_dim', it is the tower's width, and 'hidden_size' that of its network
  /// (conversion/qwenvl.py, `Qwen2VLVisionModel.__init__`).
  static let qwen2Tower = HyperparameterRule.visionTower(imageSize: { configuration in
    configuration.vision("image_size")?.integer ?? 560
  })
  .replacing(.tower("clip.vision.embedding_length", .vision, "embed_dim", "hidden_size"))
  .replacing(
    .count("clip.vision.feed_forward_length") { (configuration) throws(ModelError) in
      let name: ByteString =
        configuration.vision("embed_dim") == nil ? "intermediate_size" : "hidden_size"
      guard let value = configuration.vision(name) else {
        throw ModelError(
          .missingMetadata, "config.json", "the vision tower has none of '\(name)'")
      }
      return try Configuration.count(value, [name])
    })

  /// Every how many layers one sees the whole image.
  static let qwenWindows = HyperparameterRule.count("clip.vision.n_wa_pattern") {
    (configuration) throws(ModelError) in
    let name: ByteString = "fullatt_block_indexes"
    var layers: [Int] = []
    for value in configuration.vision(name)?.array ?? [] {
      layers.append(try Configuration.count(value, [name]))
    }
    guard let first = layers.first else {
      throw ModelError(.missingMetadata, "config.json", "'\(name)' is missing or empty")
    }
    guard zip(layers, layers.dropFirst()).allSatisfy({ $1 - $0 == first + 1 }) else {
      throw ModelError(
        .invalidMetadata, "config.json", "'\(name)' \(layers) is not every \(first + 1)th layer")
    }
    return first + 1
  }

  /// The epsilon that stands at the top of the configuration, if it stands there.
  static let qwenEpsilon = HyperparameterRule.number(
    "clip.vision.attention.layer_norm_epsilon"
  ) { (configuration) throws(ModelError) in
    try Configuration.number(configuration.whole("rms_norm_eps"), ["rms_norm_eps"]) ?? 1e-6
  }

  static let qwen2Tensors: [[TensorRule]] = ["visual.", "model.visual."].map(qwen2Tensors)

  static func qwen2Tensors(_ tower: String) -> [TensorRule] {
    let own: [TensorRule] = [
      .frames(tower + "patch_embed.proj.weight"),
      .separated(tower + "blocks.{n}.attn.qkv.{s}", "v.blk.{n}.attn_{part}.{s}"),
      .tower(tower + "merger.ln_q.{s}", "v.post_ln.{s}"),
      .tower(tower + "merger.mlp.{n}.{s}", "mm.{n}.{s}"),
    ]
    return own + TensorRule.qwenVision(tower)
  }
}
