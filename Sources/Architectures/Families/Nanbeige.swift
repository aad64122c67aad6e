internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Nanbeige 4: Llama, whose layers are run through several times.
  package static let nanbeige = Architecture(
    name: "nanbeige", configurationNames: ["NanbeigeForCausalLM"], computations: [.nanbeige],
    defaults: llama.defaults,
    hyperparameters: llama.hyperparameters + [
      .count("{arch}.num_loops") { (configuration) throws(ModelError) in
        max(1, try configuration.optionalCount("num_loops") ?? 1)
      },
      .flag("{arch}.skip_loop_final_norm", "skip_loop_final_norm", otherwise: false),
    ], tensors: llama.tensors, generated: llama.generated, closing: llama.closing,
    vocabulary: llama.vocabulary)
}

extension FamilyComputation {
  /// `modeling_nanbeige.py` beside the checkpoints, whose layers can be joined in more ways than the
  /// published ones are.
  static let nanbeige = FamilyComputation(
    "NanbeigeForCausalLM", rules: [],
    sizes: describedKeys.union(["num_loops", "skip_loop_final_norm"]),
    incidental: ["loop_loss_weights", "kv_channels"],
    refusals: KeyRefusal.ropeKinds("linear", "yarn", "llama3") + [
      .fixed("hidden_act", "silu", "swish"),
      .whereTrue("qk_layernorm", "norms of queries and keys"),
      .wherePresent("emb_neighbor_num", "embeddings of neighbours"),
      .wherePresent("insert_ngram_layer_idx", "embeddings of pairs of tokens"),
      .whereTrue("ngram_insert_all_layers", "embeddings of pairs of tokens"),
      .whereTrue("enable_double_loop_split", "loops in two parts"),
      .wherePresent("loop_middle_layers", "loops over some layers"),
      .whereTrue("loop_share_kv", "loops that share keys and values"),
      .whereTrue("enable_hyper_connection", "hyper connections"),
      .whereTrue("enable_mhc", "hyper connections"),
      .whereTrue("enable_depth_attention", "attention over layers"),
    ], optionalTensors: projections(attention: "attention_bias", network: "mlp_bias"))
}
