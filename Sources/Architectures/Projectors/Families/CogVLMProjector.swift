internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// CogVLM: a tower with fused projections, a matrix, then a network with gates.
  package static let cogVLM = Projector(
    "cogvlm", "CogVLMForCausalLM", kept: ["model.vision."],
    metadata: [
      HyperparameterRule.visionTower(),
      [.visionEpsilon(otherwise: 1e-6), .projectorType("cogvlm")],
    ],
    tensors: [
      [
        .tower("model.vision.patch_embedding.cls_embedding", "v.class_embd"),
        .tower("model.vision.patch_embedding.proj.{s}", "v.patch_embd.{s}"),
        .tower(
          "model.vision.patch_embedding.position_embedding.weight", "v.position_embd.weight"),
        .tower("model.vision.linear_proj.linear_proj.{s}", "mm.model.fc.{s}"),
        .tower("model.vision.linear_proj.norm1.{s}", "mm.post_fc_norm.{s}"),
        .tower("model.vision.linear_proj.dense_h_to_4h.{s}", "mm.up.{s}"),
        .tower("model.vision.linear_proj.gate_proj.{s}", "mm.gate.{s}"),
        .tower("model.vision.linear_proj.dense_4h_to_h.{s}", "mm.down.{s}"),
        .tower("model.vision.boi", "v.boi"), .tower("model.vision.eoi", "v.eoi"),
      ],
      TensorRule.layers(
        "model.vision.transformer.layers.{n}.",
        [
          ("input_layernorm", "ln1"), ("post_attention_layernorm", "ln2"),
          ("attention.query_key_value", "attn_qkv"), ("attention.dense", "attn_out"),
          ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
        ]),
    ])
}
