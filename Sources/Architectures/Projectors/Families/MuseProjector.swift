internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Muse Glimmer: a tower with rotary positions, three matrices behind it.
  package static let museGlimmer = Projector(
    "muse-glimmer", "MuseGlimmerForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "patch_size": 14, "pos_emb_height": 32, "num_attention_heads": 16,
        "num_hidden_layers": 50, "hidden_size": 1536, "intermediate_size": 8960,
        "patch_temporal": 2, "merge_size": 2, "layer_norm_eps": 1e-5,
      ]
    },
    kept: ["model.vision_tower.", "model.vision_adapter.", "model.vision_projection."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { museSide($0) }),
      [
        .projectorType("muse-glimmer"), .visionEpsilon(otherwise: nil),
        .visionCount("clip.vision.spatial_merge_size", "merge_size", otherwise: nil),
      ],
    ],
    tensors: [
      [
        .tower(
          "model.vision_tower.patch_embedder.patch_embedding.weight", "v.patch_embd.weight",
          frameSum, .patchesAsConvolution),
        .tower("model.vision_tower.patch_embedder.patch_embedding.bias", "v.patch_embd.bias"),
        .tower("model.vision_tower.ln_pre.{s}", "v.pre_ln.{s}"),
        .tower("model.vision_tower.ln_post.{s}", "v.post_ln.{s}"),
        .tower("model.vision_adapter.fc1.{s}", "mm.0.{s}"),
        .tower("model.vision_adapter.fc2.{s}", "mm.1.{s}"),
        .tower("model.vision_projection.{s}", "mm.2.{s}"),
        .tower(museLayer + "attn.q_proj.{s}", "v.blk.{n}.attn_q.{s}", .permuteVision),
        .tower(museLayer + "attn.k_proj.{s}", "v.blk.{n}.attn_k.{s}", .permuteVision),
      ],
      TensorRule.layers(
        museLayer,
        [
          ("norm1", "ln1"), ("norm2", "ln2"), ("attn.v_proj", "attn_v"), ("attn.proj", "attn_out"),
          ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
        ]),
    ])

  private static let museLayer = "model.vision_tower.layers.{n}."

  private static func museSide(_ configuration: Configuration) -> Int? {
    var product = 1
    for name in ["pos_emb_height", "patch_size", "merge_size"] as [ByteString] {
      guard let factor = configuration.vision(name)?.integer, (0...1 << 12).contains(factor) else {
        return nil
      }
      product *= factor
    }
    return product
  }

  /// An image is as many equal frames: their weights are added.
  private static let frameSum = TensorChange.derive(
    .sumOfRows { (configuration) throws(ModelError) in
      let name: ByteString = "patch_temporal"
      return try Configuration.count(configuration.vision(name) ?? 2, [name])
    })
}
