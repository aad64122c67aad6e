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

  private static func whisper(
    _ name: String, _ classes: [String], _ further: [HyperparameterRule] = [],
    convolutions: Precision = .half
  ) -> Projector {
    Projector(
      name, of: classes, senses: [.audio],
      places: ProjectorPlaces { $0.audioDefaults = ["num_mel_bins": 128] },
      kept: [
        "audio_tower.", "multi_modal_projector.", "model.audio_tower.",
        "model.multi_modal_projector.",
      ],
      metadata: [
        HyperparameterRule.audioTower,
        [.projectorType(name), .melBins(), .audioEpsilon()], further,
      ],
      tensors: ["", "model."].map { model in
        TensorRule.whisper(model + "audio_tower.")
          + whisperProjection(model + "multi_modal_projector.")
      },
      pins: [.sources([".conv", ".weight"], convolutions)])
  }

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
