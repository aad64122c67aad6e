internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// The text model of Qwen 3 VL.
  package static let qwen3VL = Architecture(
    name: "qwen3vl", configurationNames: ["Qwen3VLForConditionalGeneration"],
    computations: [.qwen3VL],
    defaults: [.ropeBase(500_000)] + qwen3.defaults,
    hyperparameters: HyperparameterRule.common + [.deepStackLayers],
    tensors: qwen3.tensors, vocabulary: .sentencePiece, traits: qwen3.traits,
    names: TensorNames { $0.wrappers.append("thinker.") })

  /// The same with experts, which are published inputs by outputs.
  package static let qwen3VLMoE = Architecture(
    name: "qwen3vlmoe", configurationNames: ["Qwen3VLMoeForConditionalGeneration"],
    computations: [.qwen3VLMoE],
    defaults: [.ropeBase(500_000)] + qwen3MoE.defaults,
    hyperparameters: HyperparameterRule.common + expertWidths + [.deepStackLayers],
    tensors: TensorRule.stackedExperts("mlp.experts", isTransposed: true) + qwen3MoE.tensors,
    vocabulary: .bytePair, traits: qwen3MoE.traits,
    names: TensorNames { $0.wrappers.append("thinker.") })
}

extension Architecture {
  /// The text model of Qwen 3 ASR, whose turns are ChatML's.
  package static let qwen3ASR = Architecture(
    name: "qwen3vl", configurationNames: ["Qwen3ASRForConditionalGeneration"],
    computations: [.qwen3ASR],
    defaults: qwen3.defaults, hyperparameters: qwen3VL.hyperparameters, tensors: qwen3.tensors,
    closing: [
      .constant(
        "tokenizer.chat_template",
        .string(
          ByteString(
            "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + "
              + "message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
              + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")))
    ], vocabulary: qwenTurns, traits: qwen3.traits,
    names: TensorNames { $0.wrappers.append("thinker.") })

  /// The text model of Qwen 3 Omni.
  package static let qwen3Omni = Architecture(
    name: "qwen3vlmoe", configurationNames: ["Qwen3OmniMoeForConditionalGeneration"],
    computations: [.qwen3Omni],
    defaults: qwen3MoE.defaults, hyperparameters: qwen3VLMoE.hyperparameters,
    tensors: qwen3VLMoE.tensors, vocabulary: qwenTurns, traits: qwen3MoE.traits,
    names: TensorNames { $0.wrappers.append("thinker.") })

  /// Its texts begin and end with the end of a turn (conversion/qwen3vl.py).
  private static let qwenTurns = VocabularyKind(
    .bytePair, extraTokens: [("bos", "<|im_end|>"), ("eos", "<|im_end|>")])
}

extension HyperparameterRule {
  /// Layers of the vision tower whose features are added to the first layers of the text model.
  fileprivate static let deepStackLayers = HyperparameterRule.count("{arch}.n_deepstack_layers") {
    $0["vision_config"]?["deepstack_visual_indexes"]?.array?.count ?? 0
  }
}

extension FamilyComputation {
  /// Qwen 3 behind an encoder of sound; for text alone the streams of positions are one.
  static let qwen3ASR = FamilyComputation(
    "Qwen3ASRForConditionalGeneration",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .causal, .qwenWindows,
      .rotary(RotaryRule(headWidth: head128, kinds: ["mrope": "default"])),
    ], sizes: decoderSizes, incidental: imageKeys,
    optionalTensors: projections(attention: "attention_bias"))

  /// Qwen 3's experts behind encoders of sound and images.
  static let qwen3Omni = FamilyComputation(
    "Qwen3OmniMoeForConditionalGeneration",
    rules: [
      .activation(), .epsilon(otherwise: 1e-6), .causal, .window(otherwise: nil),
      .rotary(RotaryRule(kinds: ["mrope": "default"])), .chosenExperts(8),
      .flag("norm_topk_prob", otherwise: true) { .normalizedExperts($0) },
    ],
    sizes: decoderSizes.union(expertNames).union(["decoder_sparse_step", "mlp_only_layers"]),
    incidental: imageKeys.union(["use_qk_norm", "shared_expert_intermediate_size"]),
    optionalTensors: projections(attention: "attention_bias"))
}
