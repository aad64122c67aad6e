internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// PLM: latent attention, a network without gates.
  package static let plm = Architecture(
    name: "plm", configurationNames: ["PLMForCausalLM"], computations: [.plm],
    hyperparameters: HyperparameterRule.common + [
      .vocabularySize, .count("{arch}.attention.kv_lora_rank", "kv_lora_rank"),
      .count("{arch}.attention.key_length") { (configuration) throws(ModelError) in
        try configuration.count("qk_nope_head_dim") + configuration.count("qk_rope_head_dim")
      }, .count("{arch}.attention.value_length", "v_head_dim"),
      .count("{arch}.rope.dimension_count", "qk_rope_head_dim"),
    ],
    tensors: TensorRule.embeddings() + TensorRule.llamaNetwork + [
      .layer("self_attn.q_proj.weight", "attn_q.weight"),
      .layer("self_attn.kv_a_proj_with_mqa.weight", "attn_kv_a_mqa.weight"),
      .layer("self_attn.kv_a_layernorm.weight", "attn_kv_a_norm.weight"),
      .layer("self_attn.kv_b_proj.weight", "attn_kv_b.weight"),
      .layer("self_attn.o_proj.weight", "attn_output.weight"),
    ], vocabulary: .bytePair)
}

extension FamilyComputation {
  /// `modeling_plm.py` beside the checkpoints.
  static let plm = FamilyComputation(
    "PLMForCausalLM", rules: [],
    sizes: describedKeys.union([
      "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim",
    ]), incidental: ["mlp_bias"],
    refusals: KeyRefusal.ropeKinds("linear", "yarn") + [.fixed("hidden_act", "relu2")],
    optionalTensors: projections(attention: "attention_bias"))
}
