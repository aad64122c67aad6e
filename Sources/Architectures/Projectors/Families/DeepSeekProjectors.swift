internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// DeepSeek OCR: SAM's encoder in front of CLIP.
  package static let deepSeekOCR = ocr("deepseekocr", "DeepseekOCRForCausalLM", tiles: 9)

  /// Unlimited OCR: the same, of more tiles.
  package static let unlimitedOCR = ocr("deepseekocr", "UnlimitedOCRForCausalLM", tiles: 32)

  /// DeepSeek OCR 2: SAM's encoder in front of a Qwen 2 that sees to both sides.
  package static let deepSeekOCR2 = ocr(
    "deepseekocr2", "DeepseekOCR2ForCausalLM", tiles: 6,
    further: [.constant("clip.vision.attention.head_count_kv", .uint32(2))]
  ) { vision in
    var vision = vision
    vision["hidden_size"] = vision["width"]?["qwen2-0-5b"]?["dim"]
    let assumed: [(ByteString, JSONValue)] = [
      ("layers", 24), ("patch_size", 16), ("intermediate_size", 4864), ("num_attention_heads", 14),
    ]
    for (key, value) in assumed where vision[key]?.isNull ?? true { vision[key] = value }
    return vision
  }

  private static func ocr(
    _ name: String, _ className: String, tiles: UInt32, further: [HyperparameterRule] = [],
    _ change: @escaping @Sendable (JSONObject) -> JSONObject = { $0 }
  ) -> Projector {
    Projector(
      name, of: [className],
      places: ProjectorPlaces { $0.visionChange = { part, _ in part.map { change(flat($0)) } } },
      kept: [
        "model.sam_model.", "model.vision_model.", "model.projector.", "model.image_newline",
        "model.view_seperator", "model.qwen2_model.",
      ],
      metadata: [
        HyperparameterRule.visionTower(),
        [
          .projectorType(name), .visionEpsilon(otherwise: 1e-6), .usesGELU, scaleFactor,
          .visionCount("clip.vision.window_size", "window_size", otherwise: 14),
          .constant("clip.vision.preproc_min_tiles", .uint32(2)),
          .constant("clip.vision.preproc_max_tiles", .uint32(tiles)),
          sam("block_count", "layers"), sam("embedding_length", "width"),
          sam("head_count", "heads"),
        ], further,
      ], tensors: [outside, samTensors, clipTensors, qwenTensors],
      pins: ocrPins)
  }

  private static let ocrPins: [Pin] = {
    let parts: [ByteString] = [
      ".embeddings.", "pos_embed", ".rel_pos_h", ".rel_pos_w", ".neck.", ".net_",
    ]
    return parts.map { Pin.source($0, .single) }
  }()

  /// Its description names widths by the parts that they are of (conversion/deepseek.py,
  /// `DeepseekOCRVisionModel.get_vision_config`).
  private static func flat(_ part: JSONObject) -> JSONObject {
    var vision = part
    let widths = part["width"]
    if let sam = widths?["sam_vit_b"] { vision["sam"] = sam }
    for member in widths?["clip-l-14-224"]?.object?.members ?? [] {
      vision[member.key] = member.value
    }
    if let width = vision["width"], width.integer != nil { vision["hidden_size"] = width }
    if let heads = vision["heads"]?.integer, (0...1 << 24).contains(heads) {
      vision["num_heads"] = .integer(heads)
      vision["intermediate_size"] = .integer(heads * 4)
    }
    return vision
  }

  private static func sam(_ key: String, _ name: ByteString) -> HyperparameterRule {
    .count("clip.vision.sam.\(key)") { (configuration) throws(ModelError) in
      guard let value = configuration.vision("sam")?[name] else {
        throw ModelError(
          .missingMetadata, "config.json", "'vision_config.width.sam_vit_b.\(name)' is missing")
      }
      return try Configuration.count(value, [name])
    }
  }

  private static let outside: [TensorRule] = [
    .tower("model.image_newline", "v.image_newline"),
    .tower("model.view_seperator", "v.view_seperator", .shaped { [1] + $0 }),
    .tower("model.projector.layers.{s}", "mm.model.fc.{s}"),
    .tower("model.qwen2_model.query_768.weight", "v.resample_query_768.weight"),
    .tower("model.qwen2_model.query_1024.weight", "v.resample_query_1024.weight"),
    .tower("model.qwen2_model.model.model.norm.{s}", "v.post_ln.{s}"),
    .tower("model.sam_model.pos_embed", "v.sam.pos_embd.weight"),
    .tower(
      "model.sam_model.blocks.{n}.attn.rel_pos_h", "v.sam.blk.{n}.attn.pos_h.weight"),
    .tower(
      "model.sam_model.blocks.{n}.attn.rel_pos_w", "v.sam.blk.{n}.attn.pos_w.weight"),
  ]

  private static let samTensors: [TensorRule] =
    TensorRule.parts(
      "model.sam_model.", "v.sam.",
      [
        ("patch_embed.proj", "patch_embd"), ("neck.{n}", "neck.{n}"), ("net_2", "net_2"),
        ("net_3", "net_3"),
      ])
    + TensorRule.parts(
      "model.sam_model.blocks.{n}.", "v.sam.blk.{n}.",
      [
        ("norm1", "pre_ln"), ("norm2", "post_ln"), ("attn.qkv", "attn.qkv"),
        ("attn.proj", "attn.out"), ("mlp.lin1", "mlp.lin1"), ("mlp.lin2", "mlp.lin2"),
      ])

  private static let clipTensors: [TensorRule] =
    TensorRule.sigLIP("model.vision_model.")
    + TensorRule.layers(
      "model.vision_model.transformer.layers.{n}.",
      [
        ("layer_norm1", "ln1"), ("layer_norm2", "ln2"), ("self_attn.qkv_proj", "attn_qkv"),
        ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"), ("self_attn.out_proj", "attn_out"),
        ("mlp.fc1", "ffn_up"), ("mlp.fc2", "ffn_down"),
      ])

  private static let qwenTensors: [TensorRule] = TensorRule.layers(
    "model.qwen2_model.model.model.layers.{n}.",
    [
      ("input_layernorm", "ln1"), ("post_attention_layernorm", "ln2"),
      ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
      ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_out"),
      ("mlp.gate_proj", "ffn_gate"), ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
    ])
}
