internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Llama, Mistral and Mixtral in their makers' own files, beside a `params.json`.
  ///
  /// Heads are in the order that GGUF has: nothing is permuted.
  package static let consolidatedLlama = Architecture(
    name: "llama", configurationNames: ["ConsolidatedLlama"],
    defaults: llama.defaults, hyperparameters: llama.hyperparameters,
    tensors: [
      TensorRule("tok_embeddings.weight", "token_embd.weight"),
      TensorRule("norm.weight", "output_norm.weight"),
      TensorRule("output.weight", "output.weight"), .unused("rope.freqs"),
      .unused("layers.{n}.attention.inner_attention.rope.freqs"),
    ]
      + [
        ("attention_norm.weight", "attn_norm.weight"), ("ffn_norm.weight", "ffn_norm.weight"),
        ("attention.wq.weight", "attn_q.weight"), ("attention.wk.weight", "attn_k.weight"),
        ("attention.wv.weight", "attn_v.weight"), ("attention.wo.weight", "attn_output.weight"),
        ("feed_forward.w1.weight", "ffn_gate.weight"),
        ("feed_forward.w2.weight", "ffn_down.weight"), ("feed_forward.w3.weight", "ffn_up.weight"),
        ("feed_forward.gate.weight", "ffn_gate_inp.weight"),
        ("feed_forward.experts.{e}.w1.weight", "ffn_gate_exps.weight"),
        ("feed_forward.experts.{e}.w2.weight", "ffn_down_exps.weight"),
        ("feed_forward.experts.{e}.w3.weight", "ffn_up_exps.weight"),
        ("block_sparse_moe.gate.weight", "ffn_gate_inp.weight"),
      ].map { TensorRule("layers.{n}." + $0.0, "blk.{n}." + $0.1) },
    generated: llama.generated, closing: llama.closing, vocabulary: llama.vocabulary)
}
