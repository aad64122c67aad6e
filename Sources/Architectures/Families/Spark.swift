internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Spark X2.5: windows in some layers, a gate for each head behind attention.
  package static let spark = Architecture(
    name: "spark2_5", configurationNames: ["Spark2_5ForCausalLM"], computations: [.spark],
    hyperparameters: HyperparameterRule.common + [
      .vocabularySize, .slidingWindow, .slidingWindowPattern,
      turning("{arch}.rope.dimension_count", "full_attention"),
      turning("{arch}.rope.dimension_count_swa", "sliding_attention"), .headGates,
    ],
    tensors: TensorRule.embeddings() + TensorRule.llamaNetwork + [
      .layer("self_attn.q_k_v_proj.weight", "attn_qkv.weight"),
      .layer("self_attn.g_proj.weight", "attn_gate.weight"),
      .layer("self_attn.o_proj.weight", "attn_output.weight"),
    ], vocabulary: .bytePair)

  /// The part of a head that turns in layers of a kind.
  private static func turning(_ key: String, _ kind: ByteString) -> HyperparameterRule {
    .count(key) { (configuration) throws(ModelError) in
      let name: ByteString = "partial_rotary_factor"
      guard let share = try Configuration.number(configuration.rope[kind]?[name], [name]),
        share >= 0, share <= 1
      else { return nil }
      return Int(Double(try configuration.headWidth()) * share)
    }
  }
}

extension HyperparameterRule {
  /// Refuses gates that readers of GGUF do not compute: they know the logistic function for each head.
  fileprivate static let headGates = HyperparameterRule("{arch}.attention.gate") {
    (configuration) throws(ModelError) in
    let mode = configuration["gate_attn_act_mode"]?.text ?? "sigmoid"
    guard mode == "sigmoid", configuration["headwise_attn_output_gate"]?.bool ?? true else {
      throw ModelError(
        .unsupportedSetting, "config.json",
        "attention's gates are not logistic ones for each head, which GGUF has")
    }
    return nil
  }
}

extension FamilyComputation {
  /// The code beside the checkpoints; llama.cpp's graph has one activation
  /// (src/models/spark2-5.cpp).
  static let spark = FamilyComputation(
    "Spark2_5ForCausalLM", rules: [],
    sizes: describedKeys.union([
      "sliding_window", "layer_types", "gate_attn_act_mode", "headwise_attn_output_gate",
      "partial_rotary_factor",
    ]),
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [
      .fixed("hidden_act", "gelu", "gelu_new", "gelu_pytorch_tanh")
    ],
    optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
