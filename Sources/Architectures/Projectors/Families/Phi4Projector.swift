internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Phi 4 with eyes: SigLIP 2 without its last layer, whose input is what the projection takes.
  package static let phi4 = Projector(
    "phi4", "Phi4ForCausalLMV",
    places: ProjectorPlaces { $0.measured = [positions] },
    kept: [
      "model.vision_tower.vision_tower.", "vision_tower.", "model.mm_projector.", "mm_projector.",
    ],
    leftOut: [
      .init(
        kind: "behind the layer whose features are taken",
        parts: [".vision_model.head.", ".vision_model.post_layernorm."])
    ],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { (configuration) throws(ModelError) in
        try imageSide(configuration)
      })
      .replacing(.processorCount("clip.vision.patch_size", "patch_size"))
      .replacing(
        .count("clip.vision.block_count") { (configuration) throws(ModelError) in
          try takenLayers(configuration)
        }),
      [
        .projectorType("phi4"), pixels("min"), pixels("max"), .usesGELU,
        .visionEpsilon(otherwise: 1e-6),
      ],
    ],
    tensors: [
      phi4Tower("model.vision_tower.vision_tower."), phi4Tower("vision_tower."),
      [
        .tower("model.mm_projector.{n}.{s}", "mm.{n}.{s}"),
        .tower("mm_projector.{n}.{s}", "mm.{n}.{s}"),
      ],
    ])

  private static let positions: ByteString = "vision_model.embeddings.position_embedding.weight"

  private static func phi4Tower(_ tower: String) -> [TensorRule] {
    let patches = TensorRule.tower(
      tower + "vision_model.embeddings.patch_embedding.weight", "v.patch_embd.weight",
      .patchesByColor)
    let rules = TensorRule.sigLIP(tower + "vision_model.")
    let taken = rules.map { rule in
      rule.only { match, configuration in
        match.layer.map { $0 < ((try? takenLayers(configuration)) ?? 0) } ?? true
      }
    }
    return [patches] + taken + rules.map { TensorRule.unused($0.source.text) }
  }

  /// All layers but the last.
  private static func takenLayers(_ configuration: Configuration) throws(ModelError) -> Int {
    let names = HyperparameterRule.towerLayers
    guard let value = configuration.setting(.vision, names),
      let count = value.integer, (2...1 << 16).contains(count)
    else {
      throw ModelError(
        .invalidMetadata, "config.json", "the vision tower must have two layers at least")
    }
    return count - 1
  }

  private static func patchSide(_ configuration: Configuration) throws(ModelError) -> Int {
    guard let side = configuration.processing("patch_size")?.integer, (1...1 << 12).contains(side)
    else {
      throw ModelError(
        .missingMetadata, "preprocessor_config.json", "'patch_size' is missing or out of range")
    }
    return side
  }

  /// As many patches a side as there are positions.
  private static func imageSide(_ configuration: Configuration) throws(ModelError) -> Int {
    let count = configuration.shape(positions)?.first ?? 0
    let side = Int(Double(max(0, count)).squareRoot())
    guard count > 0, count <= 1 << 24, side * side == count else {
      throw ModelError(
        .shapeMismatch, "tensor '\(positions)'", "\(count) positions are not those of a square")
    }
    return side * (try patchSide(configuration))
  }

  /// The fewest or most pixels, which the files count in patches.
  private static func pixels(_ bound: String) -> HyperparameterRule {
    .count("clip.vision.image_\(bound)_pixels") { (configuration) throws(ModelError) in
      let name = ByteString("\(bound)_num_patches")
      guard let value = configuration.processing(name) ?? configuration.whole(name) else {
        throw ModelError(.missingMetadata, "preprocessor_config.json", "'\(name)' is missing")
      }
      let side = try patchSide(configuration)
      let (area, overflow) = try Configuration.count(value, [name])
        .multipliedReportingOverflow(by: side * side)
      return overflow ? Int.max : area
    }
  }
}
