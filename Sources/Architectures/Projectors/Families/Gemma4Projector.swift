internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Gemma 4, its vision tower: a transformer with rotary positions of two axes.
  package static let gemma4 = Projector(
    "gemma4v", "Gemma4ForConditionalGeneration",
    kept: ["model.vision_tower.", "model.embed_vision."],
    metadata: [
      // Its images have no fixed size; readers want one.
      HyperparameterRule.visionTower(imageSize: { _ in 224 }),
      [
        .constant("clip.vision.projector_type", .string("gemma4v")),
        .visionEpsilon(otherwise: 1e-6),
      ],
    ], tensors: [outside, layers], pins: [.source("position_embedding_table", .single)])

  private static let outside: [TensorRule] = [
    .tower("model.embed_vision.embedding_projection.weight", "mm.input_projection.weight"),
    .tower(
      "model.vision_tower.patch_embedder.input_proj.weight", "v.patch_embd.weight",
      .patchesByColor),
    .tower(
      "model.vision_tower.patch_embedder.position_embedding_table", "v.position_embd.weight"),
    .tower("model.vision_tower.std_bias", "v.std_bias"),
    .tower("model.vision_tower.std_scale", "v.std_scale"),
    .tower("model.vision_tower.encoder.layers.{n}.layer_scalar", "v.blk.{n}.out_scale.weight"),
  ]

  private static let layers: [TensorRule] = [
    ("input_layernorm", "ln1"), ("post_attention_layernorm", "attn_post_norm"),
    ("pre_feedforward_layernorm", "ln2"), ("post_feedforward_layernorm", "ffn_post_norm"),
    ("self_attn.q_norm", "attn_q_norm"), ("self_attn.k_norm", "attn_k_norm"),
    ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_out"),
    ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
  ].flatMap { source, target -> [TensorRule] in
    let prefix = "model.vision_tower.encoder.layers.{n}." + source
    var rules: [TensorRule] = [
      .tower(prefix + ".{s}", "v.blk.{n}.\(target).{s}"),
      .tower(prefix + ".linear.{s}", "v.blk.{n}.\(target).{s}"),
    ]
    // The bounds that values are clipped to are scalars in a checkpoint.
    for bound in ["input_max", "input_min", "output_max", "output_min"] {
      rules.append(
        .tower(
          "\(prefix).\(bound)", "v.blk.{n}.\(target).\(bound)",
          .shaped { $0.isEmpty ? [1] : $0 }))
    }
    return rules
  }
}
