internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// LLaDA: Llama's layers, which see both sides and fill in masked tokens.
  package static let llada = Architecture(
    name: "llada", configurationNames: ["LLaDAModelLM"],
    hyperparameters: HyperparameterRule.common + [
      .vocabularySize, .ropeWidth,
      .count("{arch}.context_length") { (configuration) throws(ModelError) in
        try configuration.optionalCount("max_sequence_length") ?? 4096
      },
      .count("{arch}.embedding_length") { (configuration) throws(ModelError) in
        try configuration.optionalCount("d_model") ?? 4096
      },
      .count("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        try configuration.optionalCount("mlp_hidden_size") ?? 12_288
      }, .bothSides, .constant("diffusion.shift_logits", .bool(false)),
    ],
    tensors: [
      TensorRule("model.transformer.wte.weight", "token_embd.weight"),
      TensorRule("model.transformer.ln_f.weight", "output_norm.weight"),
      TensorRule("model.transformer.ff_out.weight", "output.weight"),
      block("q_proj.{s}", "attn_q.{s}", .permuteQuery),
      block("k_proj.{s}", "attn_k.{s}", .permuteKey), block("v_proj.{s}", "attn_v.{s}"),
      block("attn_out.{s}", "attn_output.{s}"), block("attn_norm.weight", "attn_norm.weight"),
      block("ff_norm.weight", "ffn_norm.weight"), block("ff_proj.{s}", "ffn_gate.{s}"),
      block("up_proj.{s}", "ffn_up.{s}"), block("ff_out.{s}", "ffn_down.{s}"),
    ], closing: [.constant("tokenizer.ggml.add_bos_token", .bool(true))], vocabulary: .bytePair)

  private static func block(
    _ source: String, _ target: String, _ change: TensorChange? = nil
  ) -> TensorRule {
    TensorRule(
      "model.transformer.blocks.{n}." + source,
      outputs: [.init("blk.{n}." + target, change.map { [$0] } ?? [])])
  }

  /// The same with experts.
  package static let lladaMoE = Architecture(
    name: "llada-moe", configurationNames: ["LLaDAMoEModel", "LLaDAMoEModelLM"],
    hyperparameters: HyperparameterRule.common + [
      .count("{arch}.expert_feed_forward_length", "expert_intermediate_size"),
      // Its tokenizer's, whatever the configuration says (conversion/llada.py).
      .constant("tokenizer.ggml.mask_token_id", .uint32(156_895)), .bothSides,
      .constant("diffusion.shift_logits", .bool(false)),
    ],
    tensors: TensorRule.embeddings() + TensorRule.attention() + TensorRule.headNorms()
      + TensorRule.llamaNetwork + TensorRule.experts, vocabulary: .bytePair)
}
