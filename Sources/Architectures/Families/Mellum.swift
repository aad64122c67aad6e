internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Mellum 2: Qwen 3's experts, windows in some layers.
  package static let mellum = Architecture(
    name: "mellum", configurationNames: ["MellumForCausalLM"], computations: [.mellum],
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

extension FamilyComputation {
  /// As `MellumForCausalLM` of transformers; llama.cpp's graph divides experts' weights by their sum.
  static let mellum = FamilyComputation(
    "MellumForCausalLM", rules: [],
    sizes: describedKeys.union(expertNames).union([
      "num_experts_per_tok", "sliding_window", "use_sliding_window", "layer_types", "is_causal",
    ]),
    incidental: [
      "num_nextn_predict_layers", "num_mtp_layers", "mtp_layer_types", "mtp_mlp_layer_types",
      "decoder_sparse_step", "max_window_layers", "mlp_only_layers",
    ],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "silu", "swish"),
      .whereFalse("norm_topk_prob", "weights of experts as they are"),
      KeyRefusal(key: "mlp_layer_types") { value in
        let isMixed = value.array?.contains { $0.text == "dense" } ?? false
        return isMixed ? "dense layers between those of experts" : nil
      },
    ], optionalTensors: projections(attention: "attention_bias"))
}
