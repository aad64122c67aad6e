internal import WeighbridgeByteIO
internal import WeighbridgeJSON
internal import WeighbridgeModelIR

extension Architecture {
  /// GPT-2: weights are stored as inputs by outputs.
  package static let gpt2 = Architecture(
    name: "gpt2", configurationNames: ["GPT2LMHeadModel"], computations: [.gpt2],
    defaults: [
      ConfigurationDefault("n_ctx") { $0["n_positions"] ?? 1024 },
      ConfigurationDefault("layer_norm_epsilon", 1e-5),
    ],
    hyperparameters: [
      .blockCount, .count("{arch}.context_length", "n_ctx"), .embeddingLength,
      .feedForwardLength(times: 4), .headCount,
      .number("{arch}.attention.layer_norm_epsilon", "layer_norm_epsilon"), .fileType,
    ],
    tensors: ["transformer.", ""].flatMap { gpt2Tensors($0) }
      + [TensorRule("lm_head.weight", "output.weight")],
    export: .gpt2, vocabulary: .bytePair,
    traits: DecoderTraits {
      $0.rotary = nil
      $0.norm = .layer
      $0.activation = .geluTanh
    })

  private static func gpt2Tensors(_ prefix: String) -> [TensorRule] {
    func rule(_ source: String, _ target: String) -> [TensorRule] {
      [
        TensorRule("\(prefix)h.{n}.\(source).weight", "blk.{n}.\(target).weight", .transpose),
        TensorRule("\(prefix)h.{n}.\(source).bias", "blk.{n}.\(target).bias"),
      ]
    }
    return [
      TensorRule("\(prefix)wte.weight", "token_embd.weight"),
      TensorRule("\(prefix)wpe.weight", "position_embd.weight"),
      TensorRule("\(prefix)ln_f.{s}", "output_norm.{s}"),
      TensorRule("\(prefix)h.{n}.ln_1.{s}", "blk.{n}.attn_norm.{s}"),
      TensorRule("\(prefix)h.{n}.ln_2.{s}", "blk.{n}.ffn_norm.{s}"),
      .unused("\(prefix)h.{n}.attn.bias"), .unused("\(prefix)h.{n}.attn.masked_bias"),
    ] + rule("attn.c_attn", "attn_qkv") + rule("attn.c_proj", "attn_output")
      + rule("mlp.c_fc", "ffn_up") + rule("mlp.c_proj", "ffn_down")
  }
}

extension ConfigurationExport {
  /// Its own names for everything.
  static let gpt2 = ConfigurationExport(
    "gpt2", "GPT2LMHeadModel", keys: ["n_embd", "n_head", "n_layer", "n_ctx"],
    [
      .integer("n_positions", "context_length"),
      .computed("n_inner") { facts in
        // Stored as inputs by outputs in the checkpoint, as outputs by inputs in GGUF.
        facts.rows("blk.0.ffn_up.weight").map { .integer($0) }
      },
    ])
}
