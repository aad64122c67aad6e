internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Gemma 4: a transformer with rotary positions of two axes; a conformer beside it where it hears.
  package static let gemma4 = Projector(
    "gemma4v", of: ["Gemma4ForConditionalGeneration"], senses: [.vision, .audio],
    places: ProjectorPlaces {
      $0.optional = [.audio]
      $0.audioDefaults = [
        "hidden_size": 1024, "num_hidden_layers": 12, "num_attention_heads": 8,
      ]
    },
    kept: [
      "model.vision_tower.", "model.embed_vision.", "model.audio_tower.", "model.embed_audio.",
    ],
    metadata: [
      // Its images have no fixed size; readers want one.
      HyperparameterRule.visionTower(imageSize: { _ in 224 }), gemma4Audio,
      [
        .constant("clip.vision.projector_type", .string("gemma4v")),
        .visionEpsilon(otherwise: 1e-6), audioOnly("gemma4a"), gemma4Mels,
        .audioEpsilon(otherwise: 1e-6),
      ],
    ], tensors: [gemma4Outside, layers, gemma4Sound, gemma4Conformer],
    pins: [
      .source("position_embedding_table", .single), .sources(["audio", ".conv"], .single),
      .sources(["audio", "_conv", ".weight"], .single),
    ])

  static let gemma4Outside: [TensorRule] = [
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
    clipped("model.vision_tower.encoder.layers.{n}." + source, "v.blk.{n}." + target)
  }
}
