internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// StarCoder and SantaCoder: GPT-2 with one key head for all queries, weights outputs by inputs.
  package static let starCoder = Architecture(
    name: "starcoder", configurationNames: ["GPTBigCodeForCausalLM"], computations: [.starCoder],
    defaults: [ConfigurationDefault("layer_norm_epsilon", 1e-5)],
    hyperparameters: [
      .count("{arch}.context_length", "n_positions"), .embeddingLength,
      .feedForwardLength(times: 4), .blockCount, .headCount,
      .count("{arch}.attention.head_count_kv") { (configuration) throws(ModelError) in
        guard configuration["multi_query"]?.bool ?? true else {
          throw ModelError(
            .unsupportedArchitecture, "config.json",
            "'multi_query: false': readers of GGUF know StarCoder with one key head only")
        }
        return 1
      }, .number("{arch}.attention.layer_norm_epsilon", "layer_norm_epsilon"), .fileType,
    ],
    tensors: [
      TensorRule("transformer.wte.weight", "token_embd.weight"),
      TensorRule("transformer.wpe.weight", "position_embd.weight"),
      TensorRule("transformer.ln_f.{s}", "output_norm.{s}"), .tiedOutput,
      TensorRule("lm_head.weight", "output.weight"), .unused("transformer.h.{n}.attn.bias"),
      .unused("transformer.h.{n}.attn.masked_bias"),
    ]
      + [
        ("ln_1.{s}", "attn_norm.{s}"), ("ln_2.{s}", "ffn_norm.{s}"),
        ("attn.c_attn.{s}", "attn_qkv.{s}"), ("attn.c_proj.{s}", "attn_output.{s}"),
        ("mlp.c_fc.{s}", "ffn_up.{s}"), ("mlp.c_proj.{s}", "ffn_down.{s}"),
      ].map { TensorRule("transformer.h.{n}." + $0.0, "blk.{n}." + $0.1) },
    export: .starCoder, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = nil
      $0.norm = .layer
      $0.activation = .geluTanh
    })
}

extension ConfigurationExport {
  /// GPT-2's names.
  static let starCoder = ConfigurationExport(
    "gpt_bigcode", "GPTBigCodeForCausalLM", keys: ["n_embd", "n_head", "n_layer", "n_positions"],
    [
      .constant("multi_query", true), .constant("activation_function", "gelu_pytorch_tanh"),
      .rows("n_inner", "blk.0.ffn_up.weight"),
    ])
}
