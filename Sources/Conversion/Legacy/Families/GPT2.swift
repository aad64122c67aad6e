internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension LegacyFamily {
  /// GPT-2 and Cerebras-GPT; StarCoder, which differs by its tokens.
  static let gpt2 = LegacyFamily(
    legacyName: "gpt2", architecture: { isStarCoder($0) ? "starcoder" : "gpt2" },
    names: [
      ("model/wte", "token_embd.weight"), ("model/wpe", "position_embd.weight"),
      ("model/lm_head", "output.weight"), ("model/ln_f/g", "output_norm.weight"),
      ("model/ln_f/b", "output_norm.bias"), ("model/h{n}/ln_1/g", "blk.{n}.attn_norm.weight"),
      ("model/h{n}/ln_1/b", "blk.{n}.attn_norm.bias"),
      ("model/h{n}/ln_2/g", "blk.{n}.ffn_norm.weight"),
      ("model/h{n}/ln_2/b", "blk.{n}.ffn_norm.bias"),
      ("model/h{n}/attn/c_attn/w", "blk.{n}.attn_qkv.weight"),
      ("model/h{n}/attn/c_attn/b", "blk.{n}.attn_qkv.bias"),
      ("model/h{n}/attn/c_proj/w", "blk.{n}.attn_output.weight"),
      ("model/h{n}/attn/c_proj/b", "blk.{n}.attn_output.bias"),
      ("model/h{n}/mlp/c_fc/w", "blk.{n}.ffn_up.weight"),
      ("model/h{n}/mlp/c_fc/b", "blk.{n}.ffn_up.bias"),
      ("model/h{n}/mlp/c_proj/w", "blk.{n}.ffn_down.weight"),
      ("model/h{n}/mlp/c_proj/b", "blk.{n}.ffn_down.bias"),
    ],
    transposed: { isTurned($0) ? turned : [] },
    vocabulary: .bytePair { isStarCoder($0) ? "starcoder" : "gpt-2" },
    hyperparameters: { (source, builder) throws(ModelError) in
      let isTurned = isTurned(source)
      try sizes(
        source, &builder, embeddings: "model/wte", feedForward: "model/h0/mlp/c_fc/w",
        isTransposed: isTurned)
      let width = try source.positive("n_embd")
      try source.require(
        "model/h0/attn/c_attn/w", isTurned ? [width, 3 * width] : [3 * width, width])
      try source.require("model/wpe", [try source.positive("n_ctx"), width])
      // StarCoder's one key and value head is stored once for every query head.
      if isStarCoder(source) {
        builder.set("attention.head_count_kv", try source.positive("n_head"))
      }
      builder.set("attention.layer_norm_epsilon", 1e-5 as Float)
    })

  /// Until March 2023 these were stored as the checkpoint has them, inputs by outputs, and the script
  /// for Hugging Face checkpoints never stopped to (GGML-17).
  private static let turned: Set<String> = [
    "model/h{n}/attn/c_attn/w", "model/h{n}/attn/c_proj/w", "model/h{n}/mlp/c_fc/w",
  ]

  private static func isTurned(_ source: LegacySource) -> Bool {
    guard let width = source.optional("n_embd") else { return false }
    return (try? source.shape("model/h0/attn/c_attn/w")) == [width, 3 * width]
  }

  private static func isStarCoder(_ source: LegacySource) -> Bool {
    source.model.metadata["ggml.tokens"]?.array?.strings?.contains {
      $0 == "<fim_prefix>" || $0 == "<fim-prefix>"
    } ?? false
  }
}
