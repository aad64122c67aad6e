internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Qwen 3 VL and 3.5: features of several layers go into the text model's first layers.
  package static let qwen3VL = Projector(
    "qwen3vl_merger", "Qwen3VLForConditionalGeneration", "Qwen3VLMoeForConditionalGeneration",
    "Qwen3_5ForConditionalGeneration", "Qwen3_5MoeForConditionalGeneration",
    "Qwen4ExpForConditionalGeneration",
    places: ProjectorPlaces { $0.visionDefaults = .qwen3VL },
    kept: ["visual.", "model.visual."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { qwen3ImageSize($0) }),
      [
        .projectorType("qwen3vl_merger"), .usesGELU,
        .visionCount("clip.vision.spatial_merge_size", "spatial_merge_size", otherwise: nil),
        qwen3Epsilon, deepStack,
      ],
    ],
    tensors: qwen3Tensors)

  /// As many patches a side as there are positions.
  static func qwen3ImageSize(_ configuration: Configuration) -> Int? {
    if let size = configuration.vision("image_size")?.integer { return size }
    let positions = configuration.vision("num_position_embeddings")?.integer ?? 2304
    let patch = configuration.vision("patch_size")?.integer ?? 16
    let size = Double(max(0, positions)).squareRoot() * Double(max(0, patch))
    return size <= Double(UInt32.max) ? Int(size) : nil
  }

  /// The text model's epsilon.
  static let qwen3Epsilon = HyperparameterRule.number("clip.vision.attention.layer_norm_epsilon") {
    (configuration) throws(ModelError) in
    let name: ByteString = "rms_norm_eps"
    let text =
      configuration.whole("text_config") ?? configuration.whole("thinker_config")?["text_config"]
    return try Configuration.number(text?[name], [name]) ?? 1e-6
  }

  /// The layers whose features go into the text model.
  static let deepStack = HyperparameterRule("clip.vision.is_deepstack_layers") {
    (configuration) throws(ModelError) in
    guard let depth = configuration.vision("depth")?.integer, depth > 0, depth <= 1 << 16 else {
      return nil
    }
    var isTaken = [Bool](repeating: false, count: depth)
    for layer in try deepStackLayers(configuration) {
      guard isTaken.indices.contains(layer) else {
        throw ModelError(
          .invalidMetadata, "config.json",
          "'deepstack_visual_indexes' names layer \(layer) of \(depth)")
      }
      isTaken[layer] = true
    }
    return .array(.bool(isTaken))
  }

  private static func deepStackLayers(_ configuration: Configuration) throws(ModelError) -> [Int] {
    let name: ByteString = "deepstack_visual_indexes"
    var layers: [Int] = []
    for value in configuration.vision(name)?.array ?? [] {
      layers.append(try Configuration.count(value, [name]))
    }
    return layers
  }

  static let qwen3Tensors: [[TensorRule]] = ["visual.", "model.visual."].flatMap {
    [deepStackTensors($0), qwen3Tensors($0), TensorRule.qwenVision($0)]
  }

  /// Mergers of other layers' features: GGUF counts them by these layers.
  static func deepStackTensors(
    _ tower: String, _ list: String = "deepstack_merger_list",
    parts: [(String, String)] = [("norm", "norm"), ("linear_fc1", "fc1"), ("linear_fc2", "fc2")]
  ) -> [TensorRule] {
    parts.map { source, target in
      TensorRule.tower(
        tower + "\(list).{n}.\(source).{s}", "v.deepstack.{n}.\(target).{s}"
      ).numbered { (configuration, index) throws(ModelError) in
        let layers = try deepStackLayers(configuration)
        guard layers.indices.contains(index) else {
          throw ModelError(
            .invalidMetadata, "config.json",
            "'deepstack_visual_indexes' has \(layers.count) layers, and there is a merger \(index)")
        }
        return layers[index]
      }
    }
  }

  static func qwen3Tensors(_ tower: String) -> [TensorRule] {
    [
      .tower(tower + "merger.norm.{s}", "v.post_ln.{s}"),
      .tower(tower + "merger.linear_fc1.{s}", "mm.0.{s}"),
      .tower(tower + "merger.linear_fc2.{s}", "mm.2.{s}"),
      .frames(tower + "patch_embed.proj.weight"),
      .tower(tower + "patch_embed.proj.bias", "v.patch_embd.bias"),
      .tower(tower + "pos_embed.weight", "v.position_embd.weight"),
    ]
  }
}

extension JSONValue {
  /// What transformers assumes of the tower (`Qwen3VLVisionConfig`).
  static let qwen3VL: JSONValue = [
    "depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "num_heads": 16, "patch_size": 16,
    "num_position_embeddings": 2304, "spatial_merge_size": 2,
  ]
}
