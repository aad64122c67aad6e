internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Gemma 3: SigLIP, pooled to a fixed number of tokens.
  package static let gemma3 = Projector(
    "gemma3", "Gemma3ForConditionalGeneration",
    places: ProjectorPlaces { $0.visionDefaults = .sigLIP },
    kept: prefixes,
    leftOut: [.init(kind: "of a head that is not used", parts: ["vision_model.head."])],
    metadata: [
      HyperparameterRule.visionTower(),
      [.projectorType("gemma3"), .visionEpsilon(otherwise: 1e-6), .usesGELU, scaleFactor],
    ],
    tensors: prefixes.map { gemma3Tensors($0.text) },
    // The projection needs the range of half precision (llama.cpp, issue 13025).
    pins: [.source("input_projection", .half), .source(".embeddings.", .single)])

  private static let prefixes: [ByteString] = [
    "multi_modal_projector.", "model.multi_modal_projector.", "vision_tower.",
    "model.vision_tower.", "multimodal_projector.", "vision_model.",
  ]

  private static func gemma3Tensors(_ prefix: String) -> [TensorRule] {
    guard prefix.contains("projector") else {
      return TensorRule.sigLIP(prefix + "vision_model.") + TensorRule.sigLIP(prefix)
    }
    return [
      .tower(prefix + "mm_input_projection_weight", "mm.input_projection.weight"),
      .tower(prefix + "mm_soft_emb_norm.weight", "mm.soft_emb_norm.weight", .add(1)),
    ]
  }

  /// Written where it is not 4: patches along a side of the tokens that they are pooled to.
  static let scaleFactor = HyperparameterRule.count("clip.vision.projector.scale_factor") {
    (configuration) throws(ModelError) in
    let tokens = configuration.processing("image_seq_length")?.integer ?? 256
    let side = Int(Double(max(1, tokens)).squareRoot())
    guard let size = configuration.vision("image_size")?.integer,
      let patch = configuration.vision("patch_size")?.integer, patch > 0
    else { return nil }
    let factor = size / patch / side
    return factor > 0 && factor != 4 ? factor : nil
  }
}

extension JSONValue {
  /// What transformers assumes of SigLIP (`SiglipVisionConfig`).
  static let sigLIP: JSONValue = [
    "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
    "num_attention_heads": 12, "image_size": 224, "patch_size": 16,
  ]
}
