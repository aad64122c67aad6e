internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Idefics 3 and SmolVLM: SigLIP, and a matrix over shuffled pixels.
  package static let idefics3 = Projector(
    "idefics3", "Idefics3ForConditionalGeneration", "SmolVLMForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "hidden_size": 1152, "intermediate_size": 3072, "num_hidden_layers": 12,
        "num_attention_heads": 16, "image_size": 224, "patch_size": 32, "layer_norm_eps": 1e-6,
      ]
    },
    kept: [], within: ["vision_tower.", "vision_model.", "model.connector."],
    metadata: [
      HyperparameterRule.visionTower(),
      [
        .projectorType("idefics3"), .visionEpsilon(otherwise: 1e-5),
        .wholeCount("clip.vision.projector.scale_factor", "scale_factor", otherwise: 2), .usesGELU,
        longestEdge,
      ],
    ],
    tensors: [
      TensorRule.sigLIP("vision_tower.vision_model."), TensorRule.sigLIP("model.vision_model."),
      TensorRule.sigLIP("model.vision_tower."),
      [.tower("model.connector.modality_projection.proj.weight", "mm.model.fc.weight")],
    ],
    pins: [.source(".embeddings.", .single)])

  /// The longest side of an image before it is cut.
  private static let longestEdge = HyperparameterRule.count("clip.vision.preproc_image_size") {
    configuration in
    configuration.processing("size")?["longest_edge"]?.integer
      ?? configuration.vision("image_size")?.integer
  }
}
