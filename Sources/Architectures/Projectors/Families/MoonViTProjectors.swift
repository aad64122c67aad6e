internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// dots.ocr: images of any size, a network with gates.
  package static let dotsOCR = Projector(
    "dots_ocr", "DotsOCRForCausalLM", kept: ["vision_tower."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { _ in 0 })
        .replacing(.tower("clip.vision.embedding_length", .vision, "hidden_size", "embed_dim")),
      [
        .projectorType("dots_ocr"), .processorCount("clip.vision.image_min_pixels", "min_pixels"),
        .processorCount("clip.vision.image_max_pixels", "max_pixels"),
        .visionEpsilon("rms_norm_eps", otherwise: nil),
        .visionCount("clip.vision.projector.scale_factor", "spatial_merge_size", otherwise: nil),
        .usesSiLU,
      ],
    ],
    tensors: [
      [
        .tower("vision_tower.patch_embed.patchifier.proj.{s}", "v.patch_embd.{s}"),
        .tower("vision_tower.patch_embed.patchifier.norm.{s}", "v.pre_ln.{s}"),
        .tower("vision_tower.post_trunk_norm.{s}", "mm.post_norm.{s}"),
        .tower("vision_tower.merger.ln_q.{s}", "mm.input_norm.{s}"),
        .tower("vision_tower.merger.mlp.{n}.{s}", "mm.{n}.{s}"),
      ],
      TensorRule.layers(
        "vision_tower.blocks.{n}.",
        [
          ("norm1", "ln1"), ("norm2", "ln2"), ("attn.qkv", "attn_qkv"), ("attn.proj", "attn_out"),
          ("mlp.fc1", "ffn_gate"), ("mlp.fc2", "ffn_down"), ("mlp.fc3", "ffn_up"),
        ]),
    ])

  /// Kimi VL: MoonViT, whose positions are a table of two axes.
  package static let kimiVL = Projector(
    "kimivl", "KimiVLForConditionalGeneration", kept: [],
    within: ["vision_tower.", "multi_modal_projector."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { _ in 64 * 14 }),
      [
        .projectorType("kimivl"), .usesGELU,
        .constant("clip.vision.projector.scale_factor", .uint32(2)),
        .visionEpsilon(otherwise: 1e-5),
      ],
    ],
    tensors: [
      [
        .tower("vision_tower.patch_embed.proj.{s}", "v.patch_embd.{s}"),
        .tower(
          "vision_tower.patch_embed.pos_emb.weight", "v.position_embd.weight",
          .shaped { $0.count == 3 ? [$0[0] * $0[1], $0[2]] : $0 }),
        .tower("vision_tower.encoder.final_layernorm.{s}", "v.post_ln.{s}"),
        .separated("vision_tower.encoder.blocks.{n}.wqkv.{s}", "v.blk.{n}.attn_{part}.{s}"),
        .tower("multi_modal_projector.pre_norm.{s}", "mm.input_norm.{s}"),
        .tower("multi_modal_projector.linear_1.{s}", "mm.1.{s}"),
        .tower("multi_modal_projector.linear_2.{s}", "mm.2.{s}"),
      ],
      TensorRule.layers(
        "vision_tower.encoder.blocks.{n}.",
        [
          ("norm0", "ln1"), ("norm1", "ln2"), ("wo", "attn_out"), ("mlp.fc0", "ffn_up"),
          ("mlp.fc1", "ffn_down"),
        ]),
    ])
}
