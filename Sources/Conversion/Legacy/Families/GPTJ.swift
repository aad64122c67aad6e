internal import WeighbridgeModelIR

extension LegacyFamily {
  /// GPT-J.
  static let gptJ = LegacyFamily(
    legacyName: "gptj", architecture: { _ in "gptj" },
    names: both([
      ("transformer.ln_f", "output_norm"), ("lm_head", "output"),
      ("transformer.h.{n}.ln_1", "blk.{n}.attn_norm"),
      ("transformer.h.{n}.mlp.fc_in", "blk.{n}.ffn_up"),
      ("transformer.h.{n}.mlp.fc_out", "blk.{n}.ffn_down"),
    ])
      + weights([
        ("transformer.wte", "token_embd"),
        ("transformer.h.{n}.attn.q_proj", "blk.{n}.attn_q"),
        ("transformer.h.{n}.attn.k_proj", "blk.{n}.attn_k"),
        ("transformer.h.{n}.attn.v_proj", "blk.{n}.attn_v"),
        ("transformer.h.{n}.attn.out_proj", "blk.{n}.attn_output"),
      ]),
    isRotary: true, transposed: { isTurned($0) ? turned : [] },
    vocabulary: .bytePair { _ in "gpt-2" },
    hyperparameters: { (source, builder) throws(ModelError) in
      try sizes(
        source, &builder, embeddings: "transformer.wte.weight",
        feedForward: "transformer.h.0.mlp.fc_in.weight", isTransposed: isTurned(source))
      let width = try source.positive("n_embd")
      try source.require("transformer.h.0.attn.q_proj.weight", [width, width])
      builder.set("rope.dimension_count", try source.positive("n_rot"))
      builder.set("attention.layer_norm_epsilon", 1e-5 as Float)
      builder.problems.append(
        Diagnostic(
          .warning, "not-run", at: "general.architecture",
          "GGUF names GPT-J, but llama.cpp does not run it"))
    })

  /// Until March 2023 these were written outputs by inputs turned round (GGML-17).
  private static let turned: Set<String> = [
    "transformer.h.{n}.attn.q_proj.weight", "transformer.h.{n}.attn.k_proj.weight",
    "transformer.h.{n}.attn.v_proj.weight", "transformer.h.{n}.attn.out_proj.weight",
    "transformer.h.{n}.mlp.fc_in.weight",
  ]

  private static func isTurned(_ source: LegacySource) -> Bool {
    guard let width = source.optional("n_embd"),
      let shape = try? source.shape("transformer.h.0.mlp.fc_in.weight")
    else { return false }
    return shape.count == 2 && shape[0] == width && shape[1] > width
  }
}
