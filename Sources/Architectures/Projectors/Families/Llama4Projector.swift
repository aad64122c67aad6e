internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Llama 4: patches through a matrix, pixels shuffled into fewer tokens.
  package static let llama4 = Projector(
    "llama4", "Llama4ForConditionalGeneration",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "norm_eps": 1e-5, "pixel_shuffle_ratio": 0.5, "hidden_act": "gelu", "hidden_size": 768,
        "intermediate_size": 5632, "num_hidden_layers": 34, "num_attention_heads": 16,
        "image_size": 448, "patch_size": 14,
      ]
    },
    kept: [], within: ["multi_modal_projector.", "vision_model."],
    metadata: [
      HyperparameterRule.visionTower(),
      [
        .projectorType("llama4"), .visionEpsilon("norm_eps", otherwise: nil),
        .shuffleFactor({ $0.vision("pixel_shuffle_ratio") }, "pixel_shuffle_ratio"),
      ], Array(HyperparameterRule.visionActivation(isStrict: true).prefix(1)),
    ], tensors: [llama4Tensors(""), llama4Tensors("model.")])

  private static func llama4Tensors(_ model: String) -> [TensorRule] {
    let tower = model + "vision_model."
    let outside: [TensorRule] = [
      .tower(model + "multi_modal_projector.linear_1.weight", "mm.model.fc.weight"),
      .tower(tower + "class_embedding", "v.class_embd"),
      .tower(tower + "layernorm_pre.{s}", "v.pre_ln.{s}"),
      .tower(tower + "layernorm_post.{s}", "v.post_ln.{s}"),
      .tower(tower + "patch_embedding.linear.weight", "v.patch_embd.weight"),
      .tower(tower + "positional_embedding_vlm", "v.position_embd.weight"),
      .tower(tower + "vision_adapter.mlp.fc1.{s}", "mm.model.mlp.1.{s}"),
      .tower(tower + "vision_adapter.mlp.fc2.{s}", "mm.model.mlp.2.{s}"),
    ]
    return outside
      + TensorRule.layers(
        tower + "model.layers.{n}.",
        [
          ("input_layernorm", "ln1"), ("post_attention_layernorm", "attn_post_norm"),
          ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
          ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_out"),
          ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
        ])
  }
}
