internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// Which tensors are encoded anew at all, and what becomes of rows that a block does not divide.
enum QuantizationRules {
  /// Small or delicate tensors that stay as they are, by a part of their name.
  ///
  /// llama-quant.cpp, `tensor_allows_quantization`, which searches names the same way; a part that is
  /// not there would make a file that llama-quantize does not.
  private static let kept = [
    "_norm.weight", "ffn_gate_inp.weight", "ffn_gate_tid2eid.weight", "altup", "laurel",
    "per_layer_model_proj", "ssm_conv1d", "shortconv.conv.weight", "indexer.k_proj.weight",
    "indexer.q_proj.weight", "time_mix_first.weight", "time_mix_w0.weight", "time_mix_w1.weight",
    "time_mix_w2.weight", "time_mix_v0.weight", "time_mix_v1.weight", "time_mix_v2.weight",
    "time_mix_a0.weight", "time_mix_a1.weight", "time_mix_a2.weight", "time_mix_g1.weight",
    "time_mix_g2.weight", "time_mix_decay_w1.weight", "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight", "attn_rel_b.weight", ".position_embd", "sam.pos_embd",
    "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd", ".patch_merger", "a.rvq.codebook",
    "mm.a.code_embd",
  ]

  /// Whether a tensor may be encoded anew: matrices named `…weight`, with exceptions.
  ///
  /// llama-quant.cpp, `tensor_allows_quantization`.
  static func allows(
    _ name: ByteString, _ shape: TensorShape, _ facts: ModelFacts, keepsOutput: Bool
  ) -> Bool {
    // `ggml_n_dims` (ggml.c) does not count leading ones; GGUF stores no more dimensions than that.
    guard shape.dimensions.drop(while: { $0 == 1 }).count >= 2, name.hasSuffix("weight") else {
      return false
    }
    if keepsOutput, name == "output.weight" { return false }
    if name == "position_embd.weight" || name == "token_types.weight" { return false }
    let text = name.text
    return !kept.contains { text.contains($0) }
      && !facts.traits.kept.contains { text.contains($0) }
  }

  /// The encoding itself, or the one with smaller blocks that stands in for it; F16 where not even
  /// those divide the row (llama-quant.cpp, `tensor_type_fallback`).
  static func fallback(
    _ wanted: Encoding, rowLength: Int, _ name: ByteString
  ) throws(ModelError) -> Encoding {
    guard !wanted.divides(rowLength) else { return wanted }
    guard let substitute = wanted.fallback else {
      throw ModelError(
        .shapeMismatch, "tensor '\(name)'",
        "rows of \(rowLength) do not hold blocks of \(wanted.elementsPerBlock) (\(wanted)), and no "
          + "encoding stands in for it", hint: "choose another encoding for it with --tensor-type")
    }
    return substitute.divides(rowLength) ? substitute : .f16
  }
}
