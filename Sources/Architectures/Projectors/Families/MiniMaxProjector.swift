internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// MiniMax M3: CLIP with rotary positions of three axes, over patches of two frames.
  package static let miniMaxM3 = Projector(
    "minimax_m3", "MiniMaxM3SparseForConditionalGeneration", "MiniMaxM3VLForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
        "num_attention_heads": 16, "image_size": 2016, "patch_size": 14, "layer_norm_eps": 1e-5,
      ]
    },
    kept: ["vision_tower.", "multi_modal_projector.", "patch_merge_mlp."],
    metadata: [
      HyperparameterRule.visionTower(),
      [
        .projectorType("minimax_m3"), .usesGELU, .visionEpsilon(otherwise: 1e-5),
        .count("clip.vision.spatial_merge_size") { (configuration) throws(ModelError) in
          let name: ByteString = "spatial_merge_size"
          let value = configuration.vision("img_token_compression_config")?[name]
          return try Configuration.count(value ?? 2, [name])
        },
      ],
    ],
    tensors: [
      [
        .frames("vision_tower.vision_model.embeddings.patch_embedding.weight"),
        .tower(miniMaxLayer + "q_proj.{s}", "v.blk.{n}.attn_q.{s}", .byAxis),
        .tower(miniMaxLayer + "k_proj.{s}", "v.blk.{n}.attn_k.{s}", .byAxis),
      ],
      TensorRule.sigLIP("vision_tower.vision_model."),
      TensorRule.parts(
        "", "mm.",
        [
          ("multi_modal_projector.linear_1", "1"), ("multi_modal_projector.linear_2", "2"),
          ("patch_merge_mlp.linear_1", "merger.fc1"), ("patch_merge_mlp.linear_2", "merger.fc2"),
        ]),
    ])

  private static let miniMaxLayer = "vision_tower.vision_model.encoder.layers.{n}.self_attn."
}

extension TensorChange {
  /// Of each head, the halves of each axis stand together, instead of the axes in each half; what is
  /// left turns with none (conversion/minimax.py, `MiniMaxM3VisionModel._permute_vit_qk`).
  fileprivate static let byAxis = TensorChange.arrange {
    (configuration, shape) throws(ModelError) in
    let heads = try configuration.towerHeads(.vision)
    let rows = shape.dimensions.first ?? 0
    // Readers know heads of this width alone.
    guard heads <= 1 << 16, rows == heads * 80 else {
      throw ModelError(
        .shapeMismatch, "config.json", "\(rows) rows are not those of \(heads) heads of 80 each")
    }
    let extents = [heads, 80]
    var grids: [RowArrangement.Grid] = []
    for head in 0..<heads {
      for axis in 0..<3 {
        for half in 0..<2 {
          let start = half * 39 + axis * 13
          grids.append(.init(extents, ranges: [head..<head + 1, start..<start + 13]))
        }
      }
      grids.append(.init(extents, ranges: [head..<head + 1, 78..<80]))
    }
    return RowArrangement(grids)
  }
}
