internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// The text model of Qwen 3 VL.
  package static let qwen3VL = Architecture(
    name: "qwen3vl", configurationNames: ["Qwen3VLForConditionalGeneration"],
    defaults: [.ropeBase(500_000)] + qwen3.defaults,
    hyperparameters: HyperparameterRule.common + [.deepStackLayers],
    tensors: qwen3.tensors, vocabulary: .sentencePiece, traits: qwen3.traits,
    names: TensorNames { $0.wrappers.append("thinker.") })

  /// The same with experts, which are published inputs by outputs.
  package static let qwen3VLMoE = Architecture(
    name: "qwen3vlmoe", configurationNames: ["Qwen3VLMoeForConditionalGeneration"],
    defaults: [.ropeBase(500_000)] + qwen3MoE.defaults,
    hyperparameters: HyperparameterRule.common + expertWidths + [.deepStackLayers],
    tensors: TensorRule.stackedExperts("mlp.experts", isTransposed: true) + qwen3MoE.tensors,
    vocabulary: .bytePair, traits: qwen3MoE.traits,
    names: TensorNames { $0.wrappers.append("thinker.") })
}

extension HyperparameterRule {
  /// Layers of the vision tower whose features are added to the first layers of the text model.
  fileprivate static let deepStackLayers = HyperparameterRule.count("{arch}.n_deepstack_layers") {
    $0["vision_config"]?["deepstack_visual_indexes"]?.array?.count ?? 0
  }
}
