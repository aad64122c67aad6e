internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension DecoderFacts {
  /// Describes DeepSeek's attention; the lengths of heads are those before keys are compressed.
  func latentAttention(_ index: Int) throws(ModelError) -> LatentAttentionDescription {
    guard let heads = try optionalCount("attention.head_count", layer: index) else {
      throw ModelError(
        .missingMetadata, "\(family.name).attention.head_count", "no heads in layer \(index)")
    }
    let rotated = try count("rope.dimension_count")
    var keyWidth = try optionalCount("attention.key_length_mla")
    var valueWidth = try optionalCount("attention.value_length_mla")
    if keyWidth == nil { keyWidth = try optionalCount("attention.key_length") }
    if valueWidth == nil { valueWidth = try optionalCount("attention.value_length") }
    guard let keyWidth, let valueWidth, keyWidth > rotated, rotated % 2 == 0 else {
      throw ModelError(
        .invalidMetadata, "\(family.name).attention.key_length_mla",
        "keys longer than their \(rotated) rotated elements are expected")
    }
    var rotary = Rotary(
      pairing: .interleaved, width: rotated, base: nonZero("rope.freq_base") ?? 10000)
    try scale(&rotary)
    var factor = 1.0
    if case .yarn(let stretch, _, _, _, _) = rotary.scaling,
      let multiplier = nonZero("rope.scaling.yarn_log_multiplier")
    {
      // The magnitude is moved from cosine and sine to the scores, whole keys included.
      rotary.magnitude = 1
      factor = 1 + Double(multiplier) * log(Double(stretch))
    }
    return LatentAttentionDescription(
      heads: heads, plainWidth: keyWidth - rotated, valueWidth: valueWidth,
      latentWidth: try count("attention.kv_lora_rank"),
      queryLatentWidth: has("blk.\(index).attn_q_a.weight")
        ? try count("attention.q_lora_rank") : nil,
      scale: Float(factor * factor / Double(keyWidth).squareRoot()), rotary: rotary,
      isSplit: has("blk.\(index).attn_k_b.weight"))
  }

  /// Describes Mamba's mixer.
  func stateSpace() throws(ModelError) -> StateSpaceDescription {
    StateSpaceDescription(
      innerWidth: try count("ssm.inner_size"), stateWidth: try count("ssm.state_size"),
      convolutionWidth: try count("ssm.conv_kernel"),
      timeStepRank: try count("ssm.time_step_rank"), isNormalized: bool("ssm.dt_b_c_rms") ?? false)
  }
}
