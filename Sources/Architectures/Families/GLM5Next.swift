extension Architecture {
  /// GLM 5 next; quantized, not run.
  static let glm5Next = Architecture(
    name: "glm5-next", runs: nil,
    quantization: QuantizationTraits {
      $0.kept = [
        "hc_", "indexer.attn_q_b", "indexer.attn_k", "indexer.proj", "indexer_compressor_gate",
        "indexer_compressor_ape", "ssm_f_a.weight", "ssm_f_b.weight", "ssm_g_a.weight",
        "ssm_g_b.weight", "ssm_beta.weight", "attn_kv_a_mqa.weight", "attn_k_b.weight",
        "attn_v_b.weight",
      ]
      $0.eightBits = ["attn_q_a", "attn_q_b", "nextn.eh_proj"]
    })
}
