internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Granite Speech: a conformer in blocks, and a query transformer that makes its frames fewer.
  package static let graniteSpeech = granite("GraniteSpeechForConditionalGeneration")

  /// Granite Speech Plus: features of several layers side by side.
  package static let graniteSpeechPlus = granite(
    "GraniteSpeechPlusForConditionalGeneration", further: [featureLayers])

  private static func granite(
    _ className: String, further: [HyperparameterRule] = []
  ) -> Projector {
    Projector(
      "granite_speech", of: [className], senses: [.audio],
      places: ProjectorPlaces {
        $0.audio = ["encoder_config"]
        $0.audioDefaults = .graniteSpeech
      },
      kept: ["encoder.", "projector.", "model.encoder.", "model.projector."],
      leftOut: [
        .init(kind: "that are not used", parts: ["attention_dists", "num_batches_tracked"])
      ],
      metadata: [
        encoderKeys,
        [
          .projectorType("granite_speech"), .melBins("input_dim"),
          .constant("clip.audio.attention.layer_norm_epsilon", .float32(1e-5)),
          .tower("clip.audio.chunk_size", .audio, "context_size"),
          .tower("clip.audio.conv_kernel_size", .audio, "conv_kernel_size"),
          .tower("clip.audio.max_pos_emb", .audio, "max_pos_emb"),
          .wholeCount("clip.audio.projector.window_size", "window_size", otherwise: 15),
          .wholeCount("clip.audio.projector.downsample_rate", "downsample_rate", otherwise: 5),
          queryHeads,
        ], further,
      ],
      tensors: ["", "model."].flatMap { (model: String) -> [[TensorRule]] in
        let layer = model + "encoder.layers.{n}."
        return [
          graniteLayer(layer), graniteConvolutions(layer), graniteQueries(model + "projector."),
          TensorRule.parts(
            model + "encoder.", "a.",
            [
              ("input_linear", "input_projection"), ("out", "enc_ctc_out"),
              ("out_mid", "enc_ctc_out_mid"),
            ]),
        ]
      }, pins: [.sources([".conv", ".weight"], .single)])
  }

  private static let encoderKeys: [HyperparameterRule] =
    HyperparameterRule.audioTower
    .replacing(.tower("clip.audio.embedding_length", .audio, "hidden_dim"))
    .replacing(.tower("clip.audio.block_count", .audio, "num_layers"))
    .replacing(.tower("clip.audio.attention.head_count", .audio, "num_heads"))
    .replacing(
      .count("clip.audio.feed_forward_length") { (configuration) throws(ModelError) in
        guard let width = configuration.audio("hidden_dim")?.integer,
          let factor = configuration.audio("feedforward_mult")?.integer,
          (0...1 << 20).contains(width), (0...1 << 10).contains(factor)
        else {
          throw ModelError(
            .missingMetadata, "config.json",
            "the encoder's 'hidden_dim' or 'feedforward_mult' is missing or out of range")
        }
        return width * factor
      })

  private static let queryHeads = HyperparameterRule.count("clip.audio.projector.head_count") {
    (configuration) throws(ModelError) in
    let name: ByteString = "num_attention_heads"
    let value = configuration.whole("projector_config")?[name]
    return try Configuration.count(value ?? 12, [name])
  }

  /// Layers whose features stand beside those of the last; the projector is as many times as wide.
  private static let featureLayers = HyperparameterRule("clip.audio.feature_layer") {
    (configuration) throws(ModelError) in
    let name: ByteString = "cat_hidden_layers"
    guard let values = configuration.audio(name)?.array, !values.isEmpty else { return nil }
    var layers: [Int32] = []
    for value in values {
      layers.append(Int32(truncatingIfNeeded: try Configuration.count(value, [name])))
    }
    let width = configuration.audio("hidden_dim")?.integer ?? 0
    let expected = width.multipliedReportingOverflow(by: layers.count + 1)
    let found = configuration.whole("projector_config")?["encoder_hidden_size"]?.integer
    guard !expected.overflow, found == expected.partialValue else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "'projector_config.encoder_hidden_size' is \(found ?? 0), and \(layers.count + 1) features of "
          + "\(width) make \(expected.partialValue)")
    }
    return .array(.int32(layers))
  }

  private static func graniteLayer(_ layer: String) -> [TensorRule] {
    TensorRule.parts(
      layer, "a.blk.{n}.",
      [
        ("ff1.pre_norm", "ffn_norm"), ("ff1.up_proj", "ffn_up"), ("ff1.down_proj", "ffn_down"),
        ("ff2.pre_norm", "ffn_norm_1"), ("ff2.up_proj", "ffn_up_1"),
        ("ff2.down_proj", "ffn_down_1"), ("attn.pre_norm", "ln1"), ("attn.to_q", "attn_q"),
        ("attn.to_out", "attn_out"), ("post_norm", "ln2"), ("conv.norm", "norm_conv"),
      ]) + [
        TensorRule(
          layer + "attn.to_kv.weight",
          outputs: [
            TensorRule.Output("a.blk.{n}.attn_k.weight", [.part(0, of: 2)]),
            TensorRule.Output("a.blk.{n}.attn_v.weight", [.part(1, of: 2)]),
          ]),
        // Its name has no end in GGUF (tensor_mapping.py, `A_ENC_ATTN_REL_POS_EMB`).
        .tower(layer + "attn.rel_pos_emb.weight", "a.blk.{n}.attn_rel_pos_emb"),
      ]
  }

  private static func graniteConvolutions(_ layer: String) -> [TensorRule] {
    let changed: [TensorRule] = [
      .tower(layer + "conv.up_conv.weight", "a.blk.{n}.conv_pw1.weight", .withoutLast),
      .tower(layer + "conv.up_conv.bias", "a.blk.{n}.conv_pw1.bias"),
      .tower(layer + "conv.down_conv.weight", "a.blk.{n}.conv_pw2.weight", .withoutLast),
      .tower(layer + "conv.down_conv.bias", "a.blk.{n}.conv_pw2.bias"),
      .tower(layer + "conv.depth_conv.conv.weight", "a.blk.{n}.conv_dw.weight", .depthwise),
      .tower(layer + "conv.depth_conv.conv.bias", "a.blk.{n}.conv_dw.bias"),
    ]
    // Where the mapping has it: beside the names of variances.
    return changed + TensorRule.batchNorm(layer + "conv.batch_norm", "a.blk.{n}.conv_norm_var")
  }

  private static func graniteQueries(_ projector: String) -> [TensorRule] {
    [.tower(projector + "query", "a.proj_query")]
      + TensorRule.parts(
        projector, "a.", [("qformer.layernorm", "proj_norm"), ("linear", "proj_linear")])
      + TensorRule.parts(projector + "qformer.encoder.layer.{n}.", "a.proj_blk.{n}.", queryParts)
  }

  /// The names of a query transformer's layer (BLIP-2).
  static let queryParts: [(String, String)] = [
    ("attention.attention.query", "self_attn_q"), ("attention.attention.key", "self_attn_k"),
    ("attention.attention.value", "self_attn_v"), ("attention.output.dense", "self_attn_out"),
    ("attention.output.LayerNorm", "self_attn_norm"),
    ("crossattention.attention.query", "cross_attn_q"),
    ("crossattention.attention.key", "cross_attn_k"),
    ("crossattention.attention.value", "cross_attn_v"),
    ("crossattention.output.dense", "cross_attn_out"),
    ("crossattention.output.LayerNorm", "cross_attn_norm"),
    ("intermediate_query.dense", "ffn_up"), ("output_query.dense", "ffn_down"),
    ("output_query.LayerNorm", "ffn_norm"),
  ]
}

extension JSONValue {
  /// What transformers assumes of the encoder (`GraniteSpeechEncoderConfig`).
  static let graniteSpeech: JSONValue = [
    "input_dim": 160, "num_layers": 10, "hidden_dim": 1024, "feedforward_mult": 4, "num_heads": 8,
    "context_size": 200, "max_pos_emb": 512, "conv_kernel_size": 15,
  ]
}
