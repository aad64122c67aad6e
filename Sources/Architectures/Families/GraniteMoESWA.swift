internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Granite with windows in some layers, sinks, and experts whose gates and ups stay one matrix.
  package static let graniteMoESWA = Architecture(
    name: "granite_swa", configurationNames: ["GraniteMoeSWAForCausalLM"],
    computations: [.graniteMoESWA],
    defaults: granite.defaults,
    hyperparameters: graniteSWA.hyperparameters + [
      .count("{arch}.expert_shared_feed_forward_length") { (configuration) throws(ModelError) in
        let width = try configuration.optionalCount("shared_intermediate_size")
        return width == 0 ? nil : width
      }
    ],
    tensors: graniteSWA.tensors + [
      .layer("block_sparse_moe.router.layer.weight", "ffn_gate_inp.weight"),
      .layer("block_sparse_moe.input_linear.weight", "ffn_gate_up_exps.weight"),
      .layer("block_sparse_moe.experts.gate_up_proj", "ffn_gate_up_exps.weight"),
      .layer("block_sparse_moe.output_linear.weight", "ffn_down_exps.weight"),
      .layer("block_sparse_moe.experts.down_proj", "ffn_down_exps.weight"),
      .layer("shared_mlp.input_linear.weight", "ffn_up_shexp.weight"),
      .layer("shared_mlp.output_linear.weight", "ffn_down_shexp.weight"),
    ], generated: granite.generated, closing: granite.closing, vocabulary: granite.vocabulary)
}

extension FamilyComputation {
  /// As `GraniteMoeSWAForCausalLM` of transformers.
  static let graniteMoESWA = FamilyComputation(
    "GraniteMoeSWAForCausalLM", rules: [],
    sizes: graniteSWAKeys.union([
      "num_local_experts", "num_experts_per_tok", "shared_intermediate_size",
    ]), refusals: graniteSWARefusals, optionalTensors: projections(attention: "attention_bias"))
}
