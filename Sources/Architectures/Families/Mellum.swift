internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Mellum 2: Qwen 3's experts, windows in some layers.
  package static let mellum = Architecture(
    name: "mellum", configurationNames: ["MellumForCausalLM"],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_feed_forward_length", "moe_intermediate_size"),
      .count("{arch}.attention.sliding_window") { (configuration) throws(ModelError) in
        configuration["use_sliding_window"]?.bool == false
          ? nil : try configuration.optionalCount("sliding_window")
      },
      HyperparameterRule("{arch}.attention.sliding_window_pattern") {
        (configuration) throws(ModelError) in
        configuration["use_sliding_window"]?.bool == false
          ? nil : try HyperparameterRule.slidingWindowPattern.value(configuration)
      },
    ], tensors: qwen3MoE.tensors, vocabulary: .bytePair)
}
