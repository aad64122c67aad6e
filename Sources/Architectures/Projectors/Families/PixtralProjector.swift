internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Pixtral's tower, and that of Mistral Small 3: a Llama over patches, with rotary positions of two axes.
  package static let pixtral = Projector(
    "pixtral", "LlavaForConditionalGeneration", "Mistral3ForConditionalGeneration",
    places: ProjectorPlaces { $0.visionDefaults = .pixtral },
    kept: pixtralPrefixes,
    metadata: [
      HyperparameterRule.visionTower(), [isPixtral], pixtralSettings,
      [.wholeCount("clip.vision.spatial_merge_size", "spatial_merge_size", otherwise: nil)],
    ],
    tensors: [
      pixtralTower("vision_tower."), pixtralProjection("multi_modal_projector."),
      pixtralTower("model.vision_tower."), pixtralProjection("model.multi_modal_projector."),
    ])

  private static let pixtralPrefixes: [ByteString] = [
    "multi_modal_projector.", "vision_tower.", "model.multi_modal_projector.",
    "model.vision_tower.",
  ]

  /// Its kind; the class is also that of LLaVA, whose tower is another.
  private static let isPixtral = HyperparameterRule("clip.projector_type") {
    (configuration) throws(ModelError) in
    guard let type = configuration.vision("model_type"), type.text != "pixtral" else {
      return .string("pixtral")
    }
    throw ModelError(
      .unsupportedArchitecture, "config.json",
      "the vision tower is '\(type.text ?? "")'; of this class only 'pixtral' has a projector in GGUF"
    )
  }

  /// The epsilon, which no configuration has, and the activation.
  static let pixtralSettings: [HyperparameterRule] =
    [.visionEpsilon(otherwise: 1e-5)]
    + HyperparameterRule.visionActivation(isStrict: true).reversed()

  /// The tower's tensors, below `tower`; queries and keys get the order of GGUF's Llama.
  static func pixtralTower(_ tower: String) -> [TensorRule] {
    let layer = tower + "transformer.layers.{n}."
    let outside: [TensorRule] = [
      .tower(tower + "patch_conv.weight", "v.patch_embd.weight"),
      .tower(tower + "ln_pre.weight", "v.pre_ln.weight"),
      .tower(layer + "attention.q_proj.{s}", "v.blk.{n}.attn_q.{s}", .permuteVision),
      .tower(layer + "attention.k_proj.{s}", "v.blk.{n}.attn_k.{s}", .permuteVision),
    ]
    return outside
      + TensorRule.layers(
        layer,
        [
          ("attention.v_proj", "attn_v"), ("attention.o_proj", "attn_out"),
          ("attention_norm", "ln1"), ("ffn_norm", "ln2"), ("feed_forward.gate_proj", "ffn_gate"),
          ("feed_forward.up_proj", "ffn_up"), ("feed_forward.down_proj", "ffn_down"),
        ])
  }

  /// The projection's tensors.
  static func pixtralProjection(_ projector: String) -> [TensorRule] {
    [
      .tower(projector + "linear_1.{s}", "mm.1.{s}"),
      .tower(projector + "linear_2.{s}", "mm.2.{s}"),
      .tower(projector + "norm.weight", "mm.input_norm.weight"),
      .tower(projector + "patch_merger.merging_layer.weight", "mm.patch_merger.weight"),
    ]
  }
}

extension TensorChange {
  /// The order of rotary pairs in GGUF's Llama, for the vision tower's heads.
  static let permuteVision = permute { (configuration) throws(ModelError) in
    try configuration.towerHeads(.vision)
  }
}

extension JSONValue {
  /// What transformers assumes of Pixtral's tower (`PixtralVisionConfig`).
  static let pixtral: JSONValue = [
    "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24,
    "num_attention_heads": 16, "image_size": 1024, "patch_size": 16, "hidden_act": "gelu",
  ]
}
