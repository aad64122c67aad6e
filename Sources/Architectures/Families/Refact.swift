internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// Refact: GPT 2's names, ALiBi, one key head, a gated network.
  package static let refact = Architecture(
    name: "refact", configurationNames: ["GPTRefactForCausalLM"], computations: [.refact],
    hyperparameters: [
      .count("{arch}.context_length", "n_positions"), .embeddingLength,
      .count("{arch}.feed_forward_length") { (configuration) throws(ModelError) in
        try configuration.refactWidth()
      }, .blockCount, .headCount, .constant("{arch}.attention.head_count_kv", .uint32(1)),
      .number("{arch}.attention.layer_norm_rms_epsilon", "layer_norm_epsilon"), .fileType,
    ],
    tensors: [
      TensorRule("transformer.wte.weight", "token_embd.weight"),
      TensorRule("transformer.ln_f.weight", "output_norm.weight"),
      TensorRule("lm_head.weight", "output.weight"), head("ln_1", "attn_norm"),
      head("ln_2", "ffn_norm"), head("attn.q", "attn_q"), head("attn.c_proj", "attn_output"),
      head("mlp.c_proj", "ffn_down"),
      TensorRule(
        "transformer.h.{n}.attn.kv.weight",
        outputs: [
          .init("blk.{n}.attn_k.weight", [.part(0, of: 2)]),
          .init("blk.{n}.attn_v.weight", [.part(1, of: 2)]),
        ]),
      TensorRule(
        "transformer.h.{n}.mlp.gate_up_proj.weight",
        outputs: [
          .init("blk.{n}.ffn_gate.weight", [.part(0, of: 2)]),
          .init("blk.{n}.ffn_up.weight", [.part(1, of: 2)]),
        ]),
    ],
    vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = nil
      $0.largestBias = { _ in 8 }
    })

  private static func head(_ source: String, _ target: String) -> TensorRule {
    TensorRule("transformer.h.{n}.\(source).weight", "blk.{n}.\(target).weight")
  }
}

extension Configuration {
  /// Two thirds of four times the width, rounded up to a multiple of 256.
  fileprivate func refactWidth() throws(ModelError) -> Int {
    let inner = try width() * 8 / 3
    return (inner + 255) / 256 * 256
  }
}

extension FamilyComputation {
  /// `modeling_gpt_refact.py` beside the checkpoints: gated SiLU and ALiBi, which no key says.
  static let refact = FamilyComputation(
    "GPTRefactForCausalLM",
    rules: [.always(.activation(.silu)), .epsilon("layer_norm_epsilon", 1e-5), .causal],
    sizes: ["n_embd", "n_head", "n_layer", "n_positions", "n_ctx", "n_inner"],
    incidental: [
      "attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "attention_bias_in_fp32",
    ], refusals: [.whereFalse("multi_query", "keys and values of each head")])
}
