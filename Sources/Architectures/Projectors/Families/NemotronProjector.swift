internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Nemotron Nano VL: RADIO's tower of fixed sizes; Parakeet's encoder beside it where there is one.
  package static let nemotronVL = Projector(
    "nemotron_v2_vl", of: ["NemotronH_Nano_VL_V2", "RADIOModel"], senses: [.vision, .audio],
    places: ProjectorPlaces {
      $0.audio = ["sound_config"]
      $0.optional = [.audio]
      $0.processorDefaults = [
        "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
      ]
    },
    kept: [
      "vision_model.radio_model.model.", "mlp1.", "sound_encoder.", "sound_projection.",
    ],
    leftOut: [
      .init(
        kind: "that are not used",
        parts: ["input_conditioner", "patch_generator.video_embedder", "conv.norm.num_batches"])
    ],
    leading: parakeetKeys + [radioType],
    metadata: [
      radioTower, HyperparameterRule.audioTower,
      [
        .constant("clip.vision.attention.layer_norm_epsilon", .float32(1e-6)), .usesGELU,
        .shuffleFactor({ $0.whole("downsample_ratio") ?? 0.5 }, "downsample_ratio"),
      ],
    ], tensors: [radioTensors, parakeetTensors, parakeetChanged],
    pins: [
      .output("bias", .single), .output("norm", .single), .outputs(["conv", "weight"], .single),
    ])

  private static let parakeetKeys: [HyperparameterRule] = [
    whereItHears(.melBins()),
    whereItHears(.constant("clip.audio.attention.layer_norm_epsilon", .float32(1e-5))),
    .tower("clip.audio.subsampling_factor", .audio, "subsampling_factor"),
    .tower("clip.audio.conv_kernel_size", .audio, "conv_kernel_size"),
    whereItHears(.constant("clip.audio.projector_type", .string("parakeet"))),
    whereItHears(.constant("clip.vision.projector_type", .string("nemotron_v2_vl"))),
  ]

  private static func whereItHears(_ rule: HyperparameterRule) -> HyperparameterRule {
    HyperparameterRule(rule.key) { (configuration) throws(ModelError) in
      configuration.tower(.audio) == nil ? nil : try rule.value(configuration)
    }
  }

  private static let radioType = HyperparameterRule("clip.projector_type") { configuration in
    configuration.tower(.audio) == nil ? .string("nemotron_v2_vl") : nil
  }

  /// conversion/nemotron.py, `NemotronNanoV2VLModel`: sizes that its configuration does not say.
  private static let radioTower: [HyperparameterRule] = HyperparameterRule.visionTower(
    imageSize: { radioSide($0) }
  )
  .replacing(.constant("clip.vision.embedding_length", .uint32(1280)))
  .replacing(.constant("clip.vision.feed_forward_length", .uint32(5120)))
  .replacing(.constant("clip.vision.block_count", .uint32(32)))
  .replacing(.constant("clip.vision.attention.head_count", .uint32(16)))

  private static func radioSide(_ configuration: Configuration) -> Int {
    configuration.whole("force_image_size")?.integer ?? 512
  }

  private static let radioTensors: [TensorRule] =
    [
      .tower(radio + "patch_generator.cls_token.token", "v.class_embd"),
      .tower(
        radio + "patch_generator.embedder.weight", "v.patch_embd.weight", .patchesAsConvolution),
      .tower(radio + "patch_generator.embedder.bias", "v.patch_embd.bias"),
      .tower(radio + "patch_generator.pos_embed", "v.position_embd.weight", radioGrid),
      .tower(radio + "patch_generator.pos_embed.weight", "v.position_embd.weight", radioGrid),
      .tower("mlp1.{n}.{s}", "mm.model.mlp.{n}.{s}"),
    ]
    + TensorRule.layers(
      radio + "blocks.{n}.",
      [
        ("norm1", "ln1"), ("norm2", "ln2"), ("attn.qkv", "attn_qkv"), ("attn.proj", "attn_out"),
        ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
      ])

  private static let radio = "vision_model.radio_model.model."

  /// Positions for the size that images have; the checkpoint's are those of larger ones.
  private static let radioGrid = TensorChange.derive(
    .grid { (configuration) throws(ModelError) in
      let side = radioSide(configuration)
      guard let patch = configuration.vision("patch_size")?.integer, patch > 0, side >= patch else {
        throw ModelError(
          .invalidMetadata, "config.json",
          "'patch_size' must be a positive number, no larger than images of \(side) a side")
      }
      return side / patch
    })

  private static let parakeetTensors: [TensorRule] =
    TensorRule.parts(
      sound + "layers.{n}.", "a.blk.{n}.",
      [
        ("norm_self_att", "ln1"), ("norm_out", "ln2"), ("norm_feed_forward1", "ffn_norm"),
        ("norm_feed_forward2", "ffn_norm_1"), ("norm_conv", "norm_conv"),
        ("feed_forward1.linear1", "ffn_up"), ("feed_forward1.linear2", "ffn_down"),
        ("feed_forward2.linear1", "ffn_up_1"), ("feed_forward2.linear2", "ffn_down_1"),
        ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_out"),
        ("self_attn.relative_k_proj", "linear_pos"), ("conv.norm", "conv_norm"),
      ])
    + TensorRule.parts(
      "", "",
      [
        (sound + "subsampling.linear", "a.pre_encode.out"),
        ("sound_projection.norm", "mm.a.norm_pre"),
        ("sound_projection.linear1", "mm.a.mlp.1"), ("sound_projection.linear2", "mm.a.mlp.2"),
      ])

  private static let sound = "sound_encoder.encoder."

  private static let parakeetChanged: [TensorRule] =
    [
      .tower(sound + "subsampling.layers.{n}.weight", "a.conv1d.{n}.weight"),
      .tower(sound + "subsampling.layers.{n}.bias", "a.conv1d.{n}.bias", .channels),
      .tower(sound + "layers.{n}.conv.norm.running_mean", "a.blk.{n}.conv_norm_mean"),
      .tower(sound + "layers.{n}.conv.norm.running_var", "a.blk.{n}.conv_norm_var"),
      .tower(sound + "layers.{n}.self_attn.bias_u", "a.blk.{n}.pos_bias_u"),
      .tower(sound + "layers.{n}.self_attn.bias_v", "a.blk.{n}.pos_bias_v"),
      .tower(sound + "layers.{n}.conv.depthwise_conv.bias", "a.blk.{n}.conv_dw.bias"),
      .tower(
        sound + "layers.{n}.conv.depthwise_conv.weight", "a.blk.{n}.conv_dw.weight",
        .shaped { $0.count == 3 ? [1, $0[1], $0[0], $0[2]] : $0 }),
      .tower(sound + "feature_extractor.featurizer.fb", "a.mel_filters"),
      .tower(sound + "feature_extractor.featurizer.window", "a.window"),
    ]
    + [1, 2].flatMap { (number: Int) -> [TensorRule] in
      let (source, target) = ("conv.pointwise_conv\(number)", "conv_pw\(number)")
      return [
        .tower(
          sound + "layers.{n}.\(source).weight", "a.blk.{n}.\(target).weight", .withoutLast),
        .tower(sound + "layers.{n}.\(source).bias", "a.blk.{n}.\(target).bias", .channels),
      ]
    }
}

extension TensorChange {
  /// A bias as what is added to images of its channels.
  static let channels = shaped { $0.count == 1 ? [1, $0[0], 1, 1] : $0 }

  /// The last dimension left out, where it has one element.
  static let withoutLast = shaped { $0.count == 3 && $0[2] == 1 ? Array($0.dropLast()) : $0 }
}
