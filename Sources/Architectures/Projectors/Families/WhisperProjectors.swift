internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Projector {
  /// Qwen 2 Audio: Whisper's encoder and one matrix.
  package static let qwen2Audio = whisper("qwen2a", ["Qwen2AudioForConditionalGeneration"])

  /// Ultravox: frames stacked, two matrices and norms.
  package static let ultravox = whisper(
    "ultravox", ["UltravoxModel"], [.stackFactor("stack_factor")])

  /// Voxtral: four frames become one.
  package static let voxtral = whisper(
    "voxtral", ["VoxtralForConditionalGeneration"],
    [.constant("clip.audio.projector.stack_factor", .uint32(4))])

  /// Audio Flamingo 3: as Qwen 2 Audio; its convolutions keep the range of bfloat16.
  package static let audioFlamingo3 = whisper(
    "musicflamingo", ["AudioFlamingo3ForConditionalGeneration"], convolutions: .single)

  /// GLM ASR: Whisper's encoder within a wrapper, tokens around the sound.
  package static let glmASR = whisper(
    "glma", ["GlmasrModel"], [.stackFactor("merge_factor")],
    kept: ["audio_encoder.", "audio_tower."],
    tensors: [
      TensorRule.whisper("audio_encoder.whisper."), TensorRule.whisper("audio_tower."),
      TensorRule.parts(
        "audio_encoder.", "mm.a.",
        [
          ("layer_norm", "norm_pre"), ("adapting.layer_norm", "norm_pre"),
          ("adapting.0", "mlp.1"), ("adapting.2", "mlp.2"),
        ]),
      [
        .unused("audio_encoder.proj.{s}"), .unused("audio_encoder.adapting.proj.{s}"),
        TensorRule(
          "audio_encoder.audio_bos_eos_token.weight",
          outputs: [
            TensorRule.Output("v.boi", TensorChange.vector(0)),
            TensorRule.Output("v.eoi", TensorChange.vector(1)),
          ]),
      ],
    ])

  /// MERaLiON 2: Whisper's encoder, and an adapter with a gate.
  package static let meralion = whisper(
    "meralion", ["MERaLiON2ForConditionalGeneration"],
    [.stackFactor("speech_mlp_scale_factor", otherwise: 15)], audio: ["speech_config"],
    kept: ["speech_encoder.", "ln_speech.", "speech_audio_adapter."],
    tensors: [
      TensorRule.whisper("speech_encoder."),
      TensorRule.parts(
        "", "mm.a.",
        [
          ("ln_speech", "norm_pre"), ("speech_audio_adapter.mlp_adapter.0", "mlp.0"),
          ("speech_audio_adapter.gate_proj", "mlp.1"),
          ("speech_audio_adapter.pool_proj", "mlp.2"),
          ("speech_audio_adapter.out_proj", "mlp.3"),
        ]),
    ])

  private static func whisper(
    _ name: String, _ classes: [String], _ further: [HyperparameterRule] = [],
    convolutions: Precision = .half, audio: [ByteString] = ["audio_config"],
    kept: [ByteString] = whisperPrefixes, tensors: [[TensorRule]]? = nil
  ) -> Projector {
    Projector(
      name, of: classes, senses: [.audio],
      places: ProjectorPlaces {
        $0.audio = audio
        $0.audioDefaults = ["num_mel_bins": 128]
      },
      kept: kept,
      metadata: [
        HyperparameterRule.audioTower,
        [.projectorType(name), .melBins(), .audioEpsilon()], further,
      ],
      tensors: tensors
        ?? ["", "model."].map { model in
          TensorRule.whisper(model + "audio_tower.")
            + whisperProjection(model + "multi_modal_projector.")
        },
      pins: [.sources([".conv", ".weight"], convolutions)])
  }

  private static let whisperPrefixes: [ByteString] = [
    "audio_tower.", "multi_modal_projector.", "model.audio_tower.", "model.multi_modal_projector.",
  ]

  static func whisperProjection(_ projector: String) -> [TensorRule] {
    [
      .tower(projector + "linear_1.{s}", "mm.a.mlp.1.{s}"),
      .tower(projector + "linear_2.{s}", "mm.a.mlp.2.{s}"),
      .tower(projector + "linear.{s}", "mm.a.fc.{s}"),
      .tower(projector + "ln_pre.{s}", "mm.a.norm_pre.{s}"),
      .tower(projector + "ln_mid.{s}", "mm.a.norm_mid.{s}"),
    ]
  }
}
