internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// InternVL, as its makers publish it and as transformers saves it.
  package static let internVL = Projector(
    "internvl", "InternVisionModel", "InternVLForConditionalGeneration", "InternVLChatModel",
    places: ProjectorPlaces {
      $0.visionDefaults = [
        "hidden_act": "gelu", "layer_norm_eps": 1e-6, "image_size": 448, "patch_size": 14,
        "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24,
        "num_attention_heads": 16,
      ]
    },
    kept: [
      "vision_model.", "mlp1.", "model.vision_tower.", "model.multi_modal_projector.",
      "vision_tower.", "multi_modal_projector.",
    ],
    metadata: [
      HyperparameterRule.visionTower(),
      [.projectorType("internvl"), .visionEpsilon(otherwise: nil)],
      HyperparameterRule.visionActivation(isStrict: true),
      [
        .shuffleFactor({ $0.whole("downsample_ratio") }, "downsample_ratio"), tiles("min"),
        tiles("max"),
      ],
    ], tensors: [published, saved("model."), saved("")],
    pins: [.output(".position_embd.", .single)])

  /// The fewest or most tiles that an image is cut into.
  private static func tiles(_ bound: String) -> HyperparameterRule {
    .count("clip.vision.preproc_\(bound)_tiles") { configuration in
      configuration.whole(ByteString("\(bound)_dynamic_patch"))?.integer.flatMap {
        $0 > 0 ? $0 : nil
      }
    }
  }

  private static let published: [TensorRule] =
    [
      .tower("vision_model.embeddings.class_embedding", "v.class_embd"),
      .tower("vision_model.embeddings.patch_embedding.{s}", "v.patch_embd.{s}"),
      .tower("vision_model.embeddings.position_embedding", "v.position_embd.weight"),
      .separated(
        "vision_model.encoder.layers.{n}.attn.qkv.{s}", "v.blk.{n}.attn_{part}.{s}"),
      .tower("vision_model.encoder.layers.{n}.ls1", "v.blk.{n}.ls1.weight"),
      .tower("vision_model.encoder.layers.{n}.ls2", "v.blk.{n}.ls2.weight"),
      .tower("mlp1.{n}.{s}", "mm.model.mlp.{n}.{s}"),
    ]
    + TensorRule.layers(
      "vision_model.encoder.layers.{n}.",
      [
        ("norm1", "ln1"), ("norm2", "ln2"), ("attn.proj", "attn_out"),
        ("attn.q_norm", "attn_q_norm"), ("attn.k_norm", "attn_k_norm"), ("mlp.fc1", "ffn_up"),
        ("mlp.fc2", "ffn_down"),
      ])

  private static func saved(_ model: String) -> [TensorRule] {
    let (tower, projector) = (model + "vision_tower.", model + "multi_modal_projector.")
    let layer = tower + "encoder.layer.{n}."
    return [
      .tower(tower + "embeddings.cls_token", "v.class_embd"),
      .tower(tower + "embeddings.patch_embeddings.projection.{s}", "v.patch_embd.{s}"),
      .tower(tower + "embeddings.position_embeddings", "v.position_embd.weight"),
      .tower(layer + "lambda_1", "v.blk.{n}.ls1.weight"),
      .tower(layer + "lambda_2", "v.blk.{n}.ls2.weight"),
      .tower(projector + "layer_norm.{s}", "mm.model.mlp.0.{s}"),
      .tower(projector + "linear_1.{s}", "mm.model.mlp.1.{s}"),
      .tower(projector + "linear_2.{s}", "mm.model.mlp.3.{s}"),
    ]
      + TensorRule.layers(
        layer,
        [
          ("layernorm_before", "ln1"), ("layernorm_after", "ln2"),
          ("attention.q_proj", "attn_q"), ("attention.k_proj", "attn_k"),
          ("attention.v_proj", "attn_v"), ("attention.projection_layer", "attn_out"),
          ("attention.q_norm", "attn_q_norm"), ("attention.k_norm", "attn_k_norm"),
          ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
        ])
  }
}
