internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Granite 3 with experts, whose gates and ups are stored as one.
  package static let graniteMoE = graniteFamily(
    name: "granitemoe",
    configurationNames: ["GraniteMoeForCausalLM", "GraniteMoeSharedForCausalLM"],
    computations: [.graniteMoE],
    export: .graniteMoE,
    extra: [.count("{arch}.expert_shared_feed_forward_length", "shared_intermediate_size")],
    tensors: [
      TensorRule(
        "model.layers.{n}.block_sparse_moe.input_linear.weight",
        outputs: [
          .init("blk.{n}.ffn_gate_exps.weight", [.part(0, of: 2)]),
          .init("blk.{n}.ffn_up_exps.weight", [.part(1, of: 2)]),
        ]),
      .layer("block_sparse_moe.output_linear.weight", "ffn_down_exps.weight"),
      .layer("block_sparse_moe.router.layer.weight", "ffn_gate_inp.weight"),
      TensorRule(
        "model.layers.{n}.shared_mlp.input_linear.weight",
        outputs: [
          .init("blk.{n}.ffn_gate_shexp.weight", [.part(0, of: 2)]),
          .init("blk.{n}.ffn_up_shexp.weight", [.part(1, of: 2)]),
        ]),
      .layer("shared_mlp.output_linear.weight", "ffn_down_shexp.weight"),
    ])
}

extension ConfigurationExport {
  /// With a shared expert it is a class of its own.
  static let graniteMoE = ConfigurationExport(
    { facts in
      facts.has("blk.0.ffn_up_shexp.weight")
        ? .init("granitemoeshared", "GraniteMoeSharedForCausalLM")
        : .init("granitemoe", "GraniteMoeForCausalLM")
    }, [.attentionBias] + graniteScales)
}
