internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Jais 2: norms by mean and variance, a network without gates whose activation is squared.
  static let jais2 = Architecture(
    name: "jais2", configurationNames: ["Jais2ForCausalLM"], computations: [.jais2],
    hyperparameters: HyperparameterRule.common + [.ropeWidth],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.llamaNetwork,
    vocabulary: .bytePair,
    quantization: QuantizationTraits {
      $0.isLarge = { layers, _ in layers == 68 }
    })
}

extension FamilyComputation {
  /// As `Jais2ForCausalLM` of transformers; llama.cpp's graph has one activation.
  static let jais2 = FamilyComputation(
    "Jais2ForCausalLM", rules: [], sizes: describedKeys.union(["layer_norm_eps", "is_causal"]),
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [.fixed("hidden_act", "relu2")],
    optionalTensors: [
      OptionalTensors(
        "attention_bias", otherwise: true, in: "model.layers.{n}.self_attn.",
        ["q_proj.bias", "k_proj.bias", "v_proj.bias", "o_proj.bias"]),
      OptionalTensors(
        "mlp_bias", otherwise: true, in: "model.layers.{n}.mlp.",
        ["up_proj.bias", "down_proj.bias"]),
    ])
}
