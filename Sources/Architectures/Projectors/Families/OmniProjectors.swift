internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Projector {
  /// Qwen 2.5 Omni: the tower of Qwen 2.5 VL beside Whisper's encoder, both within the thinker.
  package static let qwen25Omni = Projector(
    "qwen2.5o", of: ["Qwen2_5OmniModel"], senses: [.vision, .audio],
    places: ProjectorPlaces {
      $0.vision = ["thinker_config", "vision_config"]
      $0.audio = ["thinker_config", "audio_config"]
      $0.visionDefaults = qwen25VL.places.visionDefaults
      $0.audioDefaults = .qwenAudio
    },
    kept: omniPrefixes, leftOut: [unusedTokens],
    metadata: [
      qwen2Tower, qwenAudioTower,
      [.projectorType("qwen2.5o"), .usesSiLU, qwenWindows, qwenEpsilon],
    ],
    tensors: ["", "thinker."].flatMap { (wrapper: String) -> [[TensorRule]] in
      [
        qwen2Tensors(wrapper + "visual."), TensorRule.whisper(wrapper + "audio_tower."),
        [.tower(wrapper + "audio_tower.proj.{s}", "mm.a.fc.{s}")],
      ]
    }, generated: [sinusoids],
    pins: [.output(".position_embd.", .single), .sources([".conv", ".weight"], .half)])

  /// Qwen 3 Omni: the tower of Qwen 3 VL beside an encoder with convolutions of two dimensions.
  package static let qwen3Omni = Projector(
    "qwen3o", of: ["Qwen3OmniMoeForConditionalGeneration"], senses: [.vision, .audio],
    places: ProjectorPlaces {
      $0.vision = ["thinker_config", "vision_config"]
      $0.audio = ["thinker_config", "audio_config"]
      $0.visionDefaults = .qwen3VL
      $0.audioDefaults = .qwenAudio
    },
    kept: omniPrefixes, leftOut: [unusedTokens],
    metadata: [
      HyperparameterRule.visionTower(imageSize: { qwen3ImageSize($0) }), qwenAudioTower,
      [
        .usesGELU,
        .visionCount("clip.vision.spatial_merge_size", "spatial_merge_size", otherwise: nil),
        qwen3Epsilon, deepStack,
        .constant("clip.vision.projector_type", .string("qwen3vl_merger")),
        .constant("clip.audio.projector_type", .string("qwen3a")),
      ],
    ],
    tensors: ["", "thinker.", "model."].flatMap { (wrapper: String) -> [[TensorRule]] in
      omniVision(wrapper + "visual.") + [qwen3Audio(wrapper + "audio_tower.")]
    }, generated: [sinusoids], pins: [.sources([".conv", ".weight"], .half)])

  /// Qwen 3 ASR: what hears of Qwen 3 Omni, alone.
  package static let qwen3ASR = Projector(
    "qwen3a", of: ["Qwen3ASRForConditionalGeneration"], senses: [.audio],
    places: ProjectorPlaces {
      $0.audio = ["thinker_config", "audio_config"]
      $0.audioDefaults = .qwenAudio
    },
    kept: ["audio_tower.", "thinker.audio_tower.", "model.audio_tower."],
    metadata: [
      qwenAudioTower, [.constant("clip.audio.projector_type", .string("qwen3a"))],
    ],
    tensors: ["", "thinker.", "model."].map { qwen3Audio($0 + "audio_tower.") },
    generated: [sinusoids], pins: [.sources([".conv", ".weight"], .half)])

  private static let omniPrefixes: [ByteString] = [
    "visual.", "audio_tower.", "thinker.visual.", "thinker.audio_tower.", "model.visual.",
    "model.audio_tower.",
  ]

  /// transformers has no use for them either (`Qwen2_5OmniAudioEncoder`).
  private static let unusedTokens = TensorNames.LeftOut(
    kind: "that are not used", parts: ["audio_bos_eos_token"])

  private static let qwenAudioTower: [HyperparameterRule] =
    HyperparameterRule.audioTower
    .replacing(.tower("clip.audio.embedding_length", .audio, "d_model"))
    .replacing(.tower("clip.audio.feed_forward_length", .audio, "encoder_ffn_dim"))
    .replacing(.tower("clip.audio.attention.head_count", .audio, "encoder_attention_heads"))
    + [.melBins(), .audioEpsilon()]

  /// Mergers under the names that Qwen 2 VL gave them, all else as in Qwen 3 VL.
  private static func omniVision(_ tower: String) -> [[TensorRule]] {
    [
      deepStackTensors(tower), qwen3Tensors(tower), TensorRule.qwenVision(tower),
      deepStackTensors(
        tower, "merger_list", parts: [("ln_q", "norm"), ("mlp.0", "fc1"), ("mlp.2", "fc2")]),
      [
        .tower(tower + "merger.ln_q.{s}", "v.post_ln.{s}"),
        .tower(tower + "merger.mlp.{n}.{s}", "mm.{n}.{s}"),
      ],
    ]
  }

  private static func qwen3Audio(_ tower: String) -> [TensorRule] {
    var rules = TensorRule.whisper(tower)
    for number in 1...3 {
      let name = "\(tower)conv2d\(number)."
      rules.append(.tower(name + "weight", "a.conv2d.\(number).weight"))
      rules.append(.tower(name + "bias", "a.conv2d.\(number).bias", .shaped { $0 + [1, 1] }))
    }
    return rules
      + TensorRule.parts(
        tower, "", [("conv_out", "a.conv_out"), ("proj1", "mm.a.mlp.1"), ("proj2", "mm.a.mlp.2")])
  }

  /// Positions that the model computes, in as many frames as Whisper's encoder has
  /// (conversion/qwenvl.py, `Qwen25AudioModel.generate_extra_tensors`).
  private static let sinusoids = GeneratedTensor(
    "a.position_embd.weight",
    columns: { (configuration) throws(ModelError) in try audioWidth(configuration) }
  ) { (configuration) throws(ModelError) in
    let half = try audioWidth(configuration) / 2
    let step = Float(-log(10000.0) / Double(half - 1))
    let scales = (0..<half).map { Float(exp(Double(step * Float($0)))) }
    var values: [Float] = []
    values.reserveCapacity(1500 * half * 2)
    for frame in 0..<1500 {
      let angles = scales.map { Double(Float(frame) * $0) }
      values += angles.map { Float(sin($0)) }
      values += angles.map { Float(cos($0)) }
    }
    return values
  }

  private static func audioWidth(_ configuration: Configuration) throws(ModelError) -> Int {
    let name: ByteString = "d_model"
    guard let value = configuration.audio(name), let width = value.integer, width >= 4,
      width <= 1 << 16, width % 2 == 0
    else {
      throw ModelError(
        .invalidMetadata, "config.json",
        "the audio tower's '\(name)' must be an even number from 4 to 65536")
    }
    return width
  }
}

extension JSONValue {
  /// What transformers assumes of the encoder (`Qwen2_5OmniAudioEncoderConfig`).
  static let qwenAudio: JSONValue = [
    "num_mel_bins": 128, "encoder_layers": 32, "encoder_attention_heads": 20,
    "encoder_ffn_dim": 5120, "d_model": 1280,
  ]
}
