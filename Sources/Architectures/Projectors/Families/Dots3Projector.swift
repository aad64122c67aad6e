internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// dots3 note: a tower with experts in some layers, and an encoder with gates for sound.
  package static let dots3Note = Projector(
    "dots3note_v", of: ["Dots3NoteForCausalLM", "Dots3NoteForConditionalGeneration"],
    senses: [.vision, .audio],
    places: ProjectorPlaces { $0.processorPart = "vision_config" },
    kept: ["vision_encoder.", "audio_encoder."],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { _ in 0 })
        .replacing(.tower("clip.vision.embedding_length", .vision, "embed_dim")),
      dotsAudio,
      [
        knownVariant, .constant("clip.vision.projector_type", .string("dots3note_v")), .usesSiLU,
        .visionEpsilon("rms_norm_eps", otherwise: nil),
        .tower("clip.vision.spatial_merge_size", .vision, "spatial_merge_size"),
        .processorCount("clip.vision.image_min_pixels", "min_pixels"),
        .processorCount("clip.vision.image_max_pixels", "max_pixels"), pyramid,
        .count("clip.vision.expert_used_count") { configuration in
          configuration.vision("capacity_factor")?.double.flatMap {
            $0 >= 0 && $0 < 1e6 ? Int($0) : nil
          }
        }, .constant("clip.audio.projector_type", .string("dots3note_a")),
        whisper("clip.audio.num_mel_bins", "num_mel_bins"),
        // `Dots3NoteAudioRMSNorm`.
        .constant("clip.audio.attention.layer_norm_epsilon", .float32(1e-6)),
      ],
    ],
    tensors: [dotsVision, dotsExperts, dotsSound, dotsConvolutions],
    pins: [
      .output(".ffn_gate_inp.", .single), .output(".exp_probs_b.", .single),
      .output(".conv2d", .single), .output("a.conv_out", .single),
    ])

  private static let dotsAudio: [HyperparameterRule] = HyperparameterRule.audioTower
    .replacing(whisper("clip.audio.embedding_length", "d_model"))
    .replacing(whisper("clip.audio.feed_forward_length", "encoder_ffn_dim"))
    .replacing(whisper("clip.audio.block_count", "encoder_layers"))
    .replacing(whisper("clip.audio.attention.head_count", "encoder_attention_heads"))

  /// A count of the encoder, which stands one level further in.
  private static func whisper(_ key: String, _ name: ByteString) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      guard let value = configuration.audio("whisper_config")?[name] else {
        throw ModelError(
          .missingMetadata, "config.json", "'audio_config.whisper_config.\(name)' is missing")
      }
      return try Configuration.count(value, [name])
    }
  }

  /// How many experts each layer has; none where its network is dense.
  private static let pyramid = HyperparameterRule("clip.vision.expert_count_per_layer") {
    (configuration) throws(ModelError) in
    let name: ByteString = "pyramid_num_routed"
    guard let values = configuration.vision(name)?.array else {
      throw ModelError(.missingMetadata, "config.json", "'\(name)' is missing")
    }
    return .array(.int32(values.map { Int32(truncatingIfNeeded: max(0, $0.integer ?? 0)) }))
  }

  /// The one variant that readers compute (conversion/dots3.py, `Dots3NoteMmprojModel.__init__`).
  private static let knownVariant = HyperparameterRule("") { (configuration) throws(ModelError) in
    let vision = configuration.tower(.vision)
    let audio = configuration.tower(.audio)
    let rope = audio?["rope_parameters"]
    let isKnown =
      vision?["adapter_type"]?.text == "patch_merger"
      && vision?["pre_pixel_shuffle"]?.bool == true
      && (vision?["router_scoring_func"]?.text ?? "sigmoid") == "sigmoid"
      && (vision?["router_scale"]?.double ?? 1) == 1
      && (vision?["temporal_patch_size"]?.integer ?? 1) == 1 && vision?["use_bias"]?.bool != true
      && vision?["use_qk_norm"]?.bool == true
    let hears =
      audio?["use_conv2d_stem"]?.bool == true && audio?["use_rope"]?.bool == true
      && audio?["use_rms_norm"]?.bool == true && audio?["use_causal"]?.bool != true
      && audio?["whisper_config"]?["activation_function"]?.text == "swiglu"
      && (audio?["merge_factor"]?.integer ?? 1) == 1 && audio?["chunk_seconds"]?.integer == 60
      && rope?["partial_rotary_factor"]?.double == 0.5 && rope?["rope_theta"]?.double == 10_000
    guard isKnown, hears else {
      throw ModelError(
        .unsupportedSetting, "config.json",
        "the \(isKnown ? "audio" : "vision") tower is of a variant that no reader of the projector knows"
      )
    }
    return nil
  }

  private static let dotsLayer = "vision_encoder.blocks.{n}."

  private static let dotsVision: [TensorRule] =
    TensorRule.layers(
      dotsLayer,
      [
        ("norm_1", "ln1"), ("norm_2", "ln2"), ("attn.qkv", "attn_qkv"),
        ("attn.q_norm", "attn_q_norm"), ("attn.k_norm", "attn_k_norm"), ("attn.proj", "attn_out"),
        ("mlp.fc1", "ffn_gate"), ("mlp.fc2", "ffn_down"), ("mlp.fc3", "ffn_up"),
      ])
    + TensorRule.parts(
      "vision_encoder.", "",
      [
        ("patch_embed.proj", "v.patch_embd"), ("patch_embed.norm", "v.pre_ln"),
        ("post_trunk_norm", "mm.post_norm"), ("adapter.ln_q", "mm.input_norm"),
        ("adapter.mlp.{n}", "mm.{n}"),
      ])

  private static let dotsExperts: [TensorRule] = [
    .tower(dotsLayer + "mlp.gate_weight", "v.blk.{n}.ffn_gate_inp.weight"),
    .tower(dotsLayer + "mlp.router_bias", "v.blk.{n}.exp_probs_b.weight"),
    .tower(dotsLayer + "mlp.experts.{e}.fc1.weight", "v.blk.{n}.ffn_gate_exps.weight"),
    .tower(dotsLayer + "mlp.experts.{e}.fc2.weight", "v.blk.{n}.ffn_down_exps.weight"),
    .tower(dotsLayer + "mlp.experts.{e}.fc3.weight", "v.blk.{n}.ffn_up_exps.weight"),
  ]

  private static let speech = "audio_encoder.dots_encoder.speech_encoder."

  private static let dotsSound: [TensorRule] =
    TensorRule.parts(
      speech + "layers.{n}.", "a.blk.{n}.",
      [
        ("self_attn_layer_norm", "ln1"), ("final_layer_norm", "ln2"), ("fc2", "ffn_down"),
        ("self_attn.q_proj", "attn_q"), ("self_attn.k_proj", "attn_k"),
        ("self_attn.v_proj", "attn_v"), ("self_attn.out_proj", "attn_out"),
      ])
    + TensorRule.parts(
      "audio_encoder.audio_adapter.", "mm.a.",
      [("proj.0", "norm_pre"), ("proj.{n}", "mlp.{n}")])

  private static let dotsConvolutions: [TensorRule] =
    [
      TensorRule(
        speech + "layers.{n}.fc1.{s}",
        outputs: [
          TensorRule.Output("a.blk.{n}.ffn_gate.{s}", [.part(0, of: 2)]),
          TensorRule.Output("a.blk.{n}.ffn_up.{s}", [.part(1, of: 2)]),
        ])
    ]
    + TensorRule.parts(
      speech, "a.",
      [
        ("conv2d1", "conv2d.1"), ("conv2d2", "conv2d.2"), ("conv2d3", "conv2d.3"),
        ("conv_out", "conv_out"), ("layer_norm", "post_ln"),
      ])
}
