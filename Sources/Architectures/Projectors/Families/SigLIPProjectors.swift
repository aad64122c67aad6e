internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Janus Pro: SigLIP and a chain of matrices.
  package static let janus = Projector(
    "janus_pro", "JanusForConditionalGeneration",
    kept: ["model.vision_model.", "model.aligner.", "vision_model.", "aligner."],
    metadata: [
      HyperparameterRule.visionTower().replacing(
        .count("clip.vision.feed_forward_length") { (configuration) throws(ModelError) in
          if let width = configuration.vision("intermediate_size")?.integer { return width }
          guard let width = configuration.vision("hidden_size")?.double,
            let ratio = configuration.vision("mlp_ratio")?.double, abs(width * ratio) < 1e9
          else {
            throw ModelError(
              .missingMetadata, "config.json",
              "the vision tower has neither 'intermediate_size' nor 'mlp_ratio'")
          }
          return Int((width * ratio).rounded(.toNearestOrEven))
        }),
      [.projectorType("janus_pro"), .visionEpsilon(otherwise: 1e-6)],
      HyperparameterRule.visionActivation(isStrict: false),
    ],
    tensors: ["model.", ""].map { model in
      let next: @Sendable (Configuration, Int) throws(ModelError) -> Int = { _, number in number + 1
      }
      var rules = TensorRule.sigLIP(model + "vision_model.")
      rules.append(.tower(model + "aligner.fc1.{s}", "mm.0.{s}"))
      rules.append(
        TensorRule.tower(model + "aligner.hidden_layers.{n}.{s}", "mm.{n}.{s}").numbered(next))
      rules += TensorRule.layers(
        model + "vision_model.encoder.layers.{n}.", [("self_attn.projection_layer", "attn_out")])
      return rules
    })

  /// LFM2 VL: SigLIP 2 over patches of any number.
  package static let lfm2VL = Projector(
    "lfm2", "Lfm2VlForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27,
        "num_attention_heads": 16, "patch_size": 16, "layer_norm_eps": 1e-6,
      ]
    },
    kept: [
      "model.vision_tower.", "model.multi_modal_projector.", "vision_tower.",
      "multi_modal_projector.",
    ],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { _ in 256 }).replacing(
        .count("clip.vision.block_count") { (configuration) throws(ModelError) in
          // Layers behind the one whose features are taken are not needed.
          let layers = configuration.vision("num_hidden_layers")?.integer ?? 0
          let taken = configuration.whole("vision_feature_layer")?.integer ?? -1
          return (-(1 << 16)...(1 << 16)).contains(taken) && (0...(1 << 16)).contains(layers)
            ? layers + taken + 1 : nil
        }),
      [
        .projectorType("lfm2"), .visionEpsilon(otherwise: nil),
        .wholeCount("clip.vision.projector.scale_factor", "downsample_factor", otherwise: 2),
        .usesGELU,
      ],
    ],
    tensors: ["model.", ""].map { model in
      let tower = model + "vision_tower.vision_model."
      let own: [TensorRule] = [
        .tower(
          tower + "embeddings.patch_embedding.weight", "v.patch_embd.weight", .patchesByColor),
        .tower(model + "multi_modal_projector.layer_norm.{s}", "mm.input_norm.{s}"),
        .tower(model + "multi_modal_projector.linear_1.{s}", "mm.1.{s}"),
        .tower(model + "multi_modal_projector.linear_2.{s}", "mm.2.{s}"),
      ]
      return own + TensorRule.sigLIP(tower)
    })

  /// LightOnOCR: Pixtral's tower under other names.
  package static let lightOnOCR = Projector(
    "lightonocr", "LightOnOCRForConditionalGeneration",
    places: ProjectorPlaces { $0.visionDefaults = .pixtral },
    kept: ["model.vision_encoder.", "model.vision_projection."],
    metadata: [
      HyperparameterRule.visionTower(), [.projectorType("lightonocr")], pixtralSettings,
      [.wholeCount("clip.vision.spatial_merge_size", "spatial_merge_size", otherwise: nil)],
    ],
    tensors: [
      pixtralTower("model.vision_encoder."), pixtralProjection("model.vision_projection."),
    ])

  /// Youtu VL: SigLIP 2 with windows in all layers but some.
  package static let youtuVL = Projector(
    "youtuvl", "YoutuVLForConditionalGeneration",
    kept: ["siglip2.", "merger."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { $0.vision("image_size")?.integer ?? 560 }),
      [.projectorType("youtuvl"), .visionEpsilon(otherwise: 1e-6)],
      HyperparameterRule.visionActivation(
        gelu: ["gelu", "gelu_pytorch_tanh", "gelu_fast", "gelu_new", "gelu_accurate"],
        isStrict: true),
      [
        .visionCount("clip.vision.spatial_merge_size", "spatial_merge_size", otherwise: 2),
        .visionCount("clip.vision.window_size", "window_size", otherwise: nil), wholeImage,
      ],
    ],
    tensors: [
      TensorRule.sigLIP("siglip2.vision_model."),
      [
        .tower("merger.ln_q.{s}", "mm.input_norm.{s}"),
        .tower("merger.mlp.{n}.{s}", "mm.{n}.{s}"),
      ],
    ])

  /// Layers that see the whole image.
  private static let wholeImage = HyperparameterRule("clip.vision.wa_layer_indexes") {
    (configuration) throws(ModelError) in
    let name: ByteString = "fullatt_block_indexes"
    guard let values = configuration.vision(name)?.array, !values.isEmpty else {
      throw ModelError(.missingMetadata, "config.json", "'\(name)' is missing or empty")
    }
    var layers: [Int32] = []
    for value in values {
      layers.append(Int32(truncatingIfNeeded: try Configuration.count(value, [name])))
    }
    return .array(.int32(layers))
  }
}
