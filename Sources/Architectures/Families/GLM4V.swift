internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// The text model of GLM 4.1V: GLM 4 with positions of three axes, for which heads are in halves.
  package static let glm4V = Architecture(
    name: "glm4", configurationNames: ["Glm4vForConditionalGeneration"], computations: [.glm4V],
    defaults: glm4.defaults,
    hyperparameters: glm4.hyperparameters,
    tensors: [
      .layer("self_attn.q_proj.{s}", "attn_q.{s}", .halvesWhereSectioned),
      .layer("self_attn.k_proj.{s}", "attn_k.{s}", .halvesWhereSectioned),
    ] + glm4.tensors, vocabulary: glm4.vocabulary)

  /// The same of GLM OCR, with a layer for a further token.
  package static let glmOCR = Architecture(
    name: "glm4", configurationNames: ["GlmOcrForConditionalGeneration"], computations: [.glmOCR],
    defaults: glm4.defaults,
    hyperparameters: glm4.hyperparameters.replacing(
      .count("{arch}.block_count") { (configuration) throws(ModelError) in
        try configuration.layerCount() + configuration.nextTokenLayerCount()
      }) + [.count("{arch}.nextn_predict_layers", "num_nextn_predict_layers")],
    tensors: glm4V.tensors + TensorRule.nextTokenLayer, vocabulary: glm4.vocabulary,
    names: TensorNames { $0.nextTokenLayers = .kept })
}

extension TensorChange {
  /// The turning part of every head from neighbouring pairs into halves, where positions have several
  /// axes: readers of GGUF turn these in halves only (conversion/glm.py, `normal_to_neox`).
  fileprivate static let halvesWhereSectioned = TensorChange.chosen {
    (configuration, shape) throws(ModelError) in
    guard configuration.rope["mrope_section"] != nil else { return [] }
    let width = try configuration.headWidth()
    let key: ByteString = "partial_rotary_factor"
    let share = try Configuration.number(configuration.rope[key], [key]) ?? 0.5
    let turning = share >= 0 && share <= 1 ? Int(Double(width) * share) : 0
    let rows = shape.dimensions.first ?? 0
    guard width > 0, width % 2 == 0, turning % 2 == 0, rows % width == 0, rows / width <= 1 << 16
    else {
      throw ModelError(
        .shapeMismatch, "config.json",
        "\(rows) rows are not heads of \(width), of which \(turning) turn")
    }
    let heads = rows / width
    let grids = (0..<heads).flatMap { head -> [RowArrangement.Grid] in
      let pairs = RowArrangement.Grid(
        [heads, width / 2, 2], ranges: [head..<head + 1, 0..<turning / 2, 0..<2],
        order: [0, 2, 1])
      let rest = RowArrangement.Grid([heads, width], ranges: [head..<head + 1, turning..<width])
      return turning == width ? [pairs] : turning == 0 ? [rest] : [pairs, rest]
    }
    return [.arrange { (_, _) in RowArrangement(grids, shape: [rows]) }]
  }
}

extension FamilyComputation {
  /// As `Glm4vTextModel`: for text alone the three streams of positions are one.
  static let glm4V = FamilyComputation(
    "Glm4vForConditionalGeneration", rules: glm4VRules, sizes: decoderSizes,
    incidental: imageKeys, optionalTensors: [.outputBias])

  static let glmOCR = FamilyComputation(
    "GlmOcrForConditionalGeneration", rules: glm4VRules,
    sizes: decoderSizes.union(["num_nextn_predict_layers"]), incidental: imageKeys,
    optionalTensors: projections(attention: nil))

  private static let glm4VRules: [ComputationRule] = [
    .activation(), .epsilon(otherwise: 1e-5), .causal,
    .rotary(
      RotaryRule(
        part: .factor(otherwise: 1, keys: ["partial_rotary_factor"]), kinds: ["mrope": "default"])),
  ]
}
