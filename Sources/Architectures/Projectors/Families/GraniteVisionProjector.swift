internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Granite 4 Vision: SigLIP, and a query transformer for each layer of the text model that sees.
  package static let granite4Vision = Projector(
    "granite4_vision", "Granite4VisionForConditionalGeneration",
    kept: [
      "model.vision_tower.", "model.layerwise_projectors.", "model.spatial_projectors.",
      "model.image_newline",
    ],
    leftOut: [.init(kind: "of a head that is not used", parts: ["vision_model.head"])],
    metadata: [
      HyperparameterRule.visionTower(),
      [
        .projectorType("granite4_vision"), .visionEpsilon(otherwise: 1e-6), .usesGELU,
        .visionCount("clip.vision.preproc_image_size", "image_size", otherwise: 384),
        rate("query_side", 0), rate("window_side", 1),
        integers("clip.vision.feature_layer") { $0.map(\.visionLayer) },
        integers("clip.vision.projector.spatial_offsets") { features in
          features.map { $0.isSpatial ? $0.index : -1 }
        }, pinpoints,
      ],
    ],
    tensors: [
      TensorRule.sigLIP("model.vision_tower.vision_model."),
      [.tower("model.image_newline", "v.image_newline")], projectors("layerwise", false),
      projectors("spatial", true),
    ])

  /// Which features go into which layer of the text model, through which projector.
  private struct Feature {
    let visionLayer: Int
    let textLayer: Int
    let isSpatial: Bool
    /// Its number among those of its kind.
    let index: Int
  }

  /// In the order of the text model's layers (conversion/granite.py,
  /// `Granite4VisionMmprojModel.get_normalized_projector_map`).
  private static func features(_ configuration: Configuration) throws(ModelError) -> [Feature] {
    let text = configuration.whole("text_config")?["num_hidden_layers"]?.integer ?? 0
    let vision = configuration.vision("num_hidden_layers")?.integer ?? 0
    var pairs: [(Int, Int)] = []
    for value in configuration.whole("deepstack_layer_map")?.array ?? [] {
      guard let pair = value.array?.compactMap(\.integer), pair.count == 2 else {
        throw ModelError(
          .invalidMetadata, "config.json", "'deepstack_layer_map' must hold pairs of layers")
      }
      pairs.append((pair[0], pair[1]))
    }
    pairs.sort { $0 < $1 }
    var result = pairs.enumerated().map { index, pair in
      Feature(
        visionLayer: fromEnd(pair.0, vision), textLayer: fromEnd(pair.1, text), isSpatial: false,
        index: index)
    }
    let layer = fromEnd(configuration.whole("spatial_vision_layer")?.integer ?? -1, vision)
    let spatial = configuration.whole("spatial_target_layers")?.array?.compactMap(\.integer) ?? []
    for (index, target) in spatial.enumerated() {
      result.append(
        Feature(visionLayer: layer, textLayer: target, isSpatial: true, index: index))
    }
    // Stable: those of one layer stay as they are.
    return result.enumerated().sorted {
      ($0.element.textLayer, $0.offset) < ($1.element.textLayer, $1.offset)
    }.map { $0.element }
  }

  private static func fromEnd(_ layer: Int, _ count: Int) -> Int {
    layer < 0 ? layer &+ count : layer
  }

  private static func integers(
    _ key: String, _ rule: @escaping @Sendable ([Feature]) -> [Int]
  ) -> HyperparameterRule {
    HyperparameterRule(key) { (configuration) throws(ModelError) in
      .array(.int32(rule(try features(configuration)).map { Int32(truncatingIfNeeded: $0) }))
    }
  }

  /// One side of the fraction by which windows become queries.
  private static func rate(_ key: String, _ index: Int) -> HyperparameterRule {
    .count("clip.vision.projector.\(key)") { (configuration) throws(ModelError) in
      let parts = (configuration.whole("downsample_rate")?.text ?? "").split(separator: "/")
      guard parts.count == 2, let number = Int(parts[index]), number > 0 else {
        throw ModelError(
          .invalidMetadata, "config.json", "'downsample_rate' must be a fraction, as '4/8'")
      }
      return number
    }
  }

  /// Sizes that images may have, widths in front of heights.
  private static let pinpoints = HyperparameterRule("clip.vision.image_grid_pinpoints") {
    (configuration) throws(ModelError) in
    let name: ByteString = "image_grid_pinpoints"
    guard let values = configuration.whole(name)?.array, !values.isEmpty else { return nil }
    var sizes: [Int32] = []
    for value in values {
      guard let pair = value.array, pair.count == 2 else {
        throw ModelError(.invalidMetadata, "config.json", "'\(name)' must hold pairs of sizes")
      }
      for side in [pair[1], pair[0]] {
        sizes.append(Int32(truncatingIfNeeded: try Configuration.count(side, [name])))
      }
    }
    return .array(.int32(sizes))
  }

  private static func projectors(_ kind: String, _ isSpatial: Bool) -> [TensorRule] {
    let (prefix, target) = ("model.\(kind)_projectors.{n}.", "v.proj_blk.{n}.")
    let plain: [TensorRule] = [
      .tower(prefix + "image_positions", target + "img_pos"),
      .tower(prefix + "query", target + "query"),
    ]
    let named = TensorRule.parts(
      prefix, target,
      [("out_linear", "linear"), ("norm", "norm"), ("qformer.layernorm", "post_norm")])
    // None has more than one layer: GGUF counts projectors alone.
    let layers = TensorRule.parts(prefix + "qformer.encoder.layer.{m}.", target, queryParts)
    return (plain + named + layers).map { rule in
      rule.numbered { (configuration, index) throws(ModelError) in
        let all = try features(configuration)
        guard
          let number = all.firstIndex(where: { $0.isSpatial == isSpatial && $0.index == index })
        else {
          throw ModelError(
            .invalidMetadata, "config.json", "no layer is named for the \(kind) projector \(index)")
        }
        return number
      }
    }
  }
}
