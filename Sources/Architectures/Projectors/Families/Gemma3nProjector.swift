internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Gemma 3n: MobileNet 5 for images, a conformer for sound.
  package static let gemma3n = Projector(
    "gemma3n", of: ["Gemma3nForConditionalGeneration"], senses: [.vision, .audio],
    places: ProjectorPlaces {
      $0.visionDefaults = ["hidden_size": 2048]
      $0.audioDefaults = [
        "input_feat_size": 128, "hidden_size": 1536, "conf_num_attention_heads": 8,
        "conf_num_hidden_layers": 12,
      ]
    },
    kept: [
      "model.vision_tower.", "model.embed_vision.", "model.audio_tower.", "model.embed_audio.",
    ],
    metadata: [
      mobileNet, gemma3nAudio,
      [
        .constant("clip.vision.projector_type", .string("gemma3nv")),
        .visionEpsilon(otherwise: 1e-6),
        .constant("clip.audio.projector_type", .string("gemma3na")), .melBins("input_feat_size"),
        .constant("clip.audio.attention.layer_norm_epsilon", .float32(1e-5)),
      ],
    ],
    tensors: [
      blockTensors, stemTensors, conformerTensors,
      embedder("model.embed_vision.", "mm."), embedder("model.embed_audio.", "mm.a."),
    ],
    pins: [
      .source("input_projection", .half), .source("input_proj", .half),
      .source(".embeddings.", .single), .source("stem", .single),
      .sources(["audio", ".conv"], .single), .sources(["audio", "_conv", ".weight"], .single),
    ])

  /// Sizes of which its network has none (conversion/gemma.py, `Gemma3nVisionAudioModel.__init__`).
  private static let mobileNet: [HyperparameterRule] =
    HyperparameterRule.visionTower(imageSize: { mobileNetSide($0) })
    .replacing(
      .count("clip.vision.patch_size") { (configuration) throws(ModelError) in
        let tokens = configuration.processing("image_seq_length")?.integer ?? 256
        guard tokens > 0 else { return 0 }
        return mobileNetSide(configuration) / tokens
      }
    )
    .replacing(.constant("clip.vision.block_count", .uint32(128)))
    .replacing(
      .count("clip.vision.feed_forward_length") { configuration in
        let width = configuration.vision("intermediate_size")?.integer ?? 2048
        return (0...1 << 24).contains(width) ? width * 4 : nil
      }
    )
    .replacing(
      .visionCount("clip.vision.attention.head_count", "num_attention_heads", otherwise: 8)
    )
    .replacing(.constant("clip.vision.image_mean", .array(.float32([0, 0, 0]))))
    .replacing(.constant("clip.vision.image_std", .array(.float32([1, 1, 1]))))

  private static func mobileNetSide(_ configuration: Configuration) -> Int {
    configuration.processing("size")?["height"]?.integer ?? 768
  }

  private static let gemma3nAudio: [HyperparameterRule] =
    HyperparameterRule.audioTower
    .replacing(.tower("clip.audio.block_count", .audio, "conf_num_hidden_layers"))
    .replacing(.tower("clip.audio.attention.head_count", .audio, "conf_num_attention_heads"))
    .replacing(
      .count("clip.audio.feed_forward_length") { (configuration) throws(ModelError) in
        let name: ByteString = "intermediate_size"
        return try Configuration.count(configuration.audio(name) ?? 6144, [name])
      })

  private static let blockTensors: [TensorRule] = [
    "conv_exp.weight", "bn1.weight", "conv_pwl.weight", "bn2.weight", "dw_start.conv.weight",
    "dw_start.bn.weight", "dw_mid.conv.weight", "dw_mid.bn.weight", "pw_exp.conv.weight",
    "pw_exp.bn.weight", "pw_proj.conv.weight", "pw_proj.bn.weight", "layer_scale.gamma",
    "attn.query.proj.weight", "attn.key.proj.weight", "attn.value.proj.weight",
    "attn.output.proj.weight", "attn.key.down_conv.weight", "attn.key.norm.weight",
    "attn.value.down_conv.weight", "attn.value.norm.weight", "norm.weight",
  ].map { .tower("model.vision_tower.timm_model.blocks.{n}.{m}.\($0)", "v.blk.{n}.{m}.\($0)") }

  private static let stemTensors: [TensorRule] =
    [
      .tower(
        "model.vision_tower.timm_model.conv_stem.conv.bias", "v.conv_stem.conv.bias", .channels)
    ]
    + TensorRule.parts(
      "model.vision_tower.timm_model.", "v.",
      [
        ("conv_stem.conv", "conv_stem.conv"), ("conv_stem.bn", "conv_stem.bn"),
        ("msfa.ffn.pw_exp.conv", "msfa.ffn.pw_exp.conv"),
        ("msfa.ffn.pw_exp.bn", "msfa.ffn.pw_exp.bn"),
        ("msfa.ffn.pw_proj.conv", "msfa.ffn.pw_proj.conv"),
        ("msfa.ffn.pw_proj.bn", "msfa.ffn.pw_proj.bn"), ("msfa.norm", "msfa.norm"),
      ])

  private static func embedder(_ source: String, _ target: String) -> [TensorRule] {
    TensorRule.parts(
      source, target,
      [
        ("embedding", "embedding"), ("hard_embedding_norm", "hard_emb_norm"),
        ("embedding_projection", "input_projection"), ("soft_embedding_norm", "soft_emb_norm"),
      ])
  }

  private static let conformerTensors: [TensorRule] =
    TensorRule.parts(
      "model.audio_tower.conformer.{n}.", "a.blk.{n}.",
      [
        ("attention.pre_attn_norm", "ln1"), ("attention.attn.q_proj", "attn_q"),
        ("attention.attn.k_proj", "attn_k"), ("attention.attn.v_proj", "attn_v"),
        ("attention.attn.relative_position_embedding.pos_proj", "linear_pos"),
        ("attention.post", "attn_out"), ("attention.post_norm", "ln2"),
        ("ffw_layer_start.pre_layer_norm", "ffn_norm"), ("ffw_layer_start.ffw_layer_1", "ffn_up"),
        ("ffw_layer_start.ffw_layer_2", "ffn_down"),
        ("ffw_layer_start.post_layer_norm", "ffn_post_norm"),
        ("ffw_layer_end.pre_layer_norm", "ffn_norm_1"), ("ffw_layer_end.ffw_layer_1", "ffn_up_1"),
        ("ffw_layer_end.ffw_layer_2", "ffn_down_1"),
        ("ffw_layer_end.post_layer_norm", "ffn_post_norm_1"),
        ("lconv1d.pre_layer_norm", "conv_norm"), ("lconv1d.linear_start", "conv_pw1"),
        ("lconv1d.depthwise_conv1d", "conv_dw"), ("lconv1d.conv_norm", "norm_conv"),
        ("lconv1d.linear_end", "conv_pw2"), ("norm", "layer_pre_norm"),
      ])
    + TensorRule.parts(
      "model.audio_tower.subsample_conv_projection.", "a.",
      [
        ("conv_0.conv", "conv1d.0"), ("conv_1.conv", "conv1d.1"),
        ("conv_0.norm", "conv1d.0.norm"), ("conv_1.norm", "conv1d.1.norm"),
        ("input_proj_linear", "pre_encode.out"),
      ])
    + [
      .tower(
        "model.audio_tower.conformer.{n}.attention.attn.per_dim_scale", "a.blk.{n}.per_dim_scale")
    ]
}
