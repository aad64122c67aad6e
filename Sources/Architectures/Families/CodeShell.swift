internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// CodeShell: GPT 2's layers with rotary positions and shared key heads.
  package static let codeShell = Architecture(
    name: "codeshell", configurationNames: ["CodeShellForCausalLM"], computations: [.codeShell],
    hyperparameters: [
      .count("{arch}.context_length", "n_positions"), .embeddingLength,
      .feedForwardLength(times: 4), .blockCount, .headCount,
      .count("{arch}.attention.head_count_kv", "num_query_groups"),
      .number("{arch}.attention.layer_norm_epsilon", "layer_norm_epsilon"), .fileType,
      .constant("{arch}.rope.freq_base", .float32(10_000)),
      .constant("{arch}.rope.scaling.type", .string("linear")),
      .constant("{arch}.rope.scaling.factor", .float32(1)),
    ],
    tensors: [
      TensorRule("transformer.wte.weight", "token_embd.weight"),
      TensorRule("transformer.ln_f.{s}", "output_norm.{s}"),
      TensorRule("lm_head.weight", "output.weight"),
      TensorRule("transformer.h.{n}.ln_1.{s}", "blk.{n}.attn_norm.{s}"),
      TensorRule("transformer.h.{n}.ln_2.{s}", "blk.{n}.ffn_norm.{s}"),
      TensorRule("transformer.h.{n}.attn.c_attn.{s}", "blk.{n}.attn_qkv.{s}"),
      TensorRule("transformer.h.{n}.attn.c_proj.{s}", "blk.{n}.attn_output.{s}"),
      TensorRule("transformer.h.{n}.mlp.c_fc.{s}", "blk.{n}.ffn_up.{s}"),
      TensorRule("transformer.h.{n}.mlp.c_proj.{s}", "blk.{n}.ffn_down.{s}"),
    ], vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = .halves
      $0.norm = .layer
      $0.activation = .geluTanh
    })
}

extension FamilyComputation {
  /// `modeling_codeshell.py` beside the checkpoints.
  static let codeShell = FamilyComputation(
    "CodeShellForCausalLM",
    rules: [
      .activation("activation_function", "gelu_pytorch_tanh"),
      .epsilon("layer_norm_epsilon", 1e-5), .causal, .rotary(),
    ],
    sizes: ["n_embd", "n_head", "n_layer", "n_positions", "n_ctx", "n_inner", "num_query_groups"],
    incidental: [
      "attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "group_query_attention",
      "num_key_value_heads",
    ],
    refusals: [
      .fixed("position_embedding_type", "rope"),
      .whereFalse("scale_attn_weights", "scores without a factor"),
    ], headBias: nil, tiesHead: true)
}
