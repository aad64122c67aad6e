internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Baichuan 1 and 2: query, key and value in one matrix.
  package static let baichuan = Architecture(
    name: "baichuan", configurationNames: ["BaichuanForCausalLM", "BaiChuanForCausalLM"],
    computations: [.baichuan],
    defaults: [.keyValueHeads],
    hyperparameters: HyperparameterRule.common.without("{arch}.attention.head_count_kv")
      + [.originalLayout, .sharedRopeWidth],
    tensors: TensorRule.embeddings() + TensorRule.llamaNetwork + [
      TensorRule(
        "model.layers.{n}.self_attn.W_pack.weight",
        outputs: [
          .init("blk.{n}.attn_q.weight", [.part(0, of: 3), .permuteQuery]),
          .init("blk.{n}.attn_k.weight", [.part(1, of: 3), .permuteKey]),
          .init("blk.{n}.attn_v.weight", [.part(2, of: 3)]),
        ]),
      .layer("self_attn.o_proj.weight", "attn_output.weight"),
    ], vocabulary: .sentencePiece)
}

extension FamilyComputation {
  /// `modeling_baichuan.py` beside the checkpoints; models of 40 layers have ALiBi, which no key says
  /// (llama.cpp, src/models/baichuan.cpp).
  static let baichuan = FamilyComputation(
    "BaichuanForCausalLM", "BaiChuanForCausalLM", rules: [],
    sizes: describedKeys.union(["model_max_length", "max_sequence_length"]),
    incidental: ["z_loss_weight"], refusals: [.fixed("hidden_act", "silu", "swish")])
}
