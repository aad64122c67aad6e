internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// The text models of Qwen 2 VL and 2.5 VL: for text alone, the three streams of positions are one.
  package static let qwen2VL = Architecture(
    name: "qwen2vl",
    configurationNames: [
      "Qwen2VLForConditionalGeneration", "Qwen2_5_VLForConditionalGeneration", "Qwen2VLModel",
      "Qwen2_5OmniModel",
    ], computations: [.qwen2VL],
    defaults: [
      ConfigurationDefault("rms_norm_eps", 1e-5), .ropeBase(1_000_000),
    ] + qwen2.defaults, tensors: qwen2.tensors, vocabulary: .sentencePiece,
    traits: qwen2.traits, names: TensorNames { $0.wrappers.append("thinker.") })
}
