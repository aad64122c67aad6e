internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// DeepSeek V4 with eyes: a tower with fused projections and gates, described at the top.
  package static let deepSeekV4 = Projector(
    "deepseek4v", "DeepseekV4ForCausalLM",
    places: ProjectorPlaces {
      $0.visionChange = { _, whole in tower(of: whole) }
      $0.processorDefaults = ["image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]]
    },
    kept: ["vision.", "aligner.", "image_"],
    metadata: [
      HyperparameterRule.visionTower(),
      [
        .projectorType("deepseek4v"),
        .constant("clip.vision.attention.layer_norm_epsilon", .float32(1e-6)), .usesSiLU,
        .tower("clip.vision.projector.scale_factor", .vision, "downsample_ratio"),
        .tower("clip.vision.image_min_pixels", .vision, "min_pixels"), readersBounds,
      ],
    ],
    tensors: [
      [
        .tower("vision.patch_embed.proj.weight", "v.patch_embd.weight", .patchesAsConvolution),
        .tower("vision.patch_embed.proj.bias", "v.patch_embd.bias"),
        .tower("vision.norm.{s}", "v.post_ln.{s}"),
        .tower("aligner.w1.{s}", "mm.1.{s}"), .tower("aligner.w2.{s}", "mm.2.{s}"),
        .tower("image_newline", "v.image_newline"),
        .tower("image_start", "v.token_embd.img_start"),
        .tower("image_end", "v.token_embd.img_end"), .tower("image_pad", "v.token_embd.img_pad"),
        TensorRule(
          "vision.blocks.{n}.mlp.w1.{s}",
          outputs: [
            TensorRule.Output("v.blk.{n}.ffn_gate.{s}", [.part(0, of: 2)]),
            TensorRule.Output("v.blk.{n}.ffn_up.{s}", [.part(1, of: 2)]),
          ]),
      ],
      TensorRule.layers(
        "vision.blocks.{n}.",
        [
          ("norm1", "ln1"), ("norm2", "ln2"), ("attn.wqkv", "attn_qkv"), ("attn.wo", "attn_out"),
          ("mlp.w2", "ffn_down"),
        ]),
    ])

  /// conversion/deepseek.py, `DeepseekV4FlashVisionModel.get_vision_config`.
  private static func tower(of whole: JSONObject) -> JSONObject? {
    guard let layers = whole["vision_n_layers"], layers.integer != 0 else { return nil }
    var vision = JSONObject()
    let names: [(ByteString, ByteString)] = [
      ("num_hidden_layers", "vision_n_layers"), ("hidden_size", "vision_dim"),
      ("num_attention_heads", "vision_n_heads"), ("intermediate_size", "vision_inter_dim"),
      ("patch_size", "vision_patch_size"), ("downsample_ratio", "vision_downsample_ratio"),
      ("min_pixels", "vision_min_pixels"),
    ]
    for (key, name) in names { vision[key] = whole[name] }
    if let patch = whole["vision_patch_size"]?.integer,
      let ratio = whole["vision_downsample_ratio"]?.integer, (0...1 << 12).contains(patch),
      (0...1 << 12).contains(ratio)
    {
      vision["image_size"] = .integer(patch * ratio * 16)
    }
    return vision
  }

  /// Readers know these two bounds by heart, and no others (clip.cpp, `PROJECTOR_TYPE_DEEPSEEK4V`).
  private static let readersBounds = HyperparameterRule("") { (configuration) throws(ModelError) in
    for (name, expected) in [
      ("vision_max_n_token", 384), ("vision_max_wh_ratio", 8),
    ] as [(ByteString, Double)] {
      guard configuration.whole(name)?.double == expected else {
        throw ModelError(
          .unsupportedSetting, "config.json",
          "'\(name)' must be \(Int(expected)), which is all that readers of the projector know")
      }
    }
    return nil
  }
}
