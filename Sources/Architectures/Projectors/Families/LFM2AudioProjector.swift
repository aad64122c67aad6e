internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// LFM2 Audio: a conformer, and an adapter of matrices.
  package static let lfm2Audio = Projector(
    "lfm2a", of: ["Lfm2AudioForConditionalGeneration"], senses: [.audio],
    places: ProjectorPlaces { $0.audio = ["encoder"] },
    kept: ["conformer.", "audio_adapter.", "audio_embedding."],
    metadata: [
      HyperparameterRule.audioTower
        .replacing(.tower("clip.audio.embedding_length", .audio, "d_model"))
        // As its converter has it (conversion/lfm2.py, `LFM2AudioModel`).
        .replacing(.tower("clip.audio.feed_forward_length", .audio, "d_model"))
        .replacing(.tower("clip.audio.attention.head_count", .audio, "n_heads")),
      [
        .projectorType("lfm2a"), .melBins("feat_in"),
        .constant("clip.audio.attention.layer_norm_epsilon", .float32(1e-5)),
      ],
    ],
    tensors: [
      TensorRule.parts(
        lfmLayer, "a.blk.{n}.",
        [
          ("self_attn.linear_q", "attn_q"), ("self_attn.linear_k", "attn_k"),
          ("self_attn.linear_v", "attn_v"), ("self_attn.linear_out", "attn_out"),
          ("self_attn.linear_pos", "linear_pos"), ("norm_self_att", "ln1"), ("norm_out", "ln2"),
          ("norm_conv", "norm_conv"), ("norm_feed_forward1", "ffn_norm"),
          ("norm_feed_forward2", "ffn_norm_1"), ("feed_forward1.linear1", "ffn_up"),
          ("feed_forward1.linear2", "ffn_down"), ("feed_forward2.linear1", "ffn_up_1"),
          ("feed_forward2.linear2", "ffn_down_1"),
        ]),
      TensorRule.parts(
        "", "",
        [
          ("conformer.pre_encode.out", "a.pre_encode.out"),
          ("audio_adapter.model.{n}", "mm.a.mlp.{n}"),
          ("audio_embedding.embedding", "a.position_embd"),
          ("audio_embedding.embedding_norm", "a.position_embd_norm"),
          ("audio_embedding.to_logits", "a.embd_to_logits"),
        ]), TensorRule.batchNorm(lfmLayer + "conv.batch_norm", "a.blk.{n}.conv_norm"), lfmChanged,
    ], pins: [.source(".conv", .single), .sources(["_conv", ".weight"], .single)])

  private static let lfmLayer = "conformer.layers.{n}."

  private static let lfmChanged: [TensorRule] = [
    .tower(lfmLayer + "self_attn.pos_bias_u", "a.blk.{n}.pos_bias_u"),
    .tower(lfmLayer + "self_attn.pos_bias_v", "a.blk.{n}.pos_bias_v"),
    .tower(lfmLayer + "conv.depthwise_conv.weight", "a.blk.{n}.conv_dw.weight", .depthwise),
    .tower(lfmLayer + "conv.depthwise_conv.bias", "a.blk.{n}.conv_dw.bias"),
    .tower(lfmLayer + "conv.pointwise_conv1.weight", "a.blk.{n}.conv_pw1.weight", .withoutLast),
    .tower(lfmLayer + "conv.pointwise_conv1.bias", "a.blk.{n}.conv_pw1.bias"),
    .tower(lfmLayer + "conv.pointwise_conv2.weight", "a.blk.{n}.conv_pw2.weight", .withoutLast),
    .tower(lfmLayer + "conv.pointwise_conv2.bias", "a.blk.{n}.conv_pw2.bias"),
    .tower("conformer.pre_encode.conv.{n}.weight", "a.conv1d.{n}.weight"),
    .tower("conformer.pre_encode.conv.{n}.bias", "a.conv1d.{n}.bias", .shaped { $0 + [1, 1] }),
  ]
}
