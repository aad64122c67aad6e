internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension DecoderFacts {
  /// Describes a layer.
  func layer(_ index: Int) throws(ModelError) -> DecoderLayer {
    let prefix = "blk.\(index)."
    func norm(_ names: String...) -> String? {
      names.first { has(prefix + $0 + ".weight") }.map { prefix + $0 }
    }
    var layer = DecoderLayer(mixer: try mixer(index))
    layer.feedForward = try feedForward(index)
    layer.residualScale = nonZero("residual_scale") ?? 1
    if family.isEncoder {
      layer.arrangement = .normalizedAfter
      layer.norms.afterMixer = norm("attn_output_norm")
      layer.norms.afterNetwork = norm("layer_output_norm")
      return layer
    }
    layer.norms.beforeMixer = norm("attn_norm")
    layer.norms.beforeNetwork = norm("ffn_norm")
    layer.norms.afterMixer = norm("post_attention_norm")
    layer.norms.afterNetwork = norm("post_ffw_norm")
    // gpt-oss and Seed-OSS call the norm before the network by its place after attention.
    if layer.norms.beforeNetwork == nil, layer.norms.afterNetwork == nil,
      layer.norms.beforeMixer != nil, let name = layer.norms.afterMixer
    {
      layer.norms.beforeNetwork = name
      layer.norms.afterMixer = nil
    }
    let isParallel =
      family.isParallel ?? bool("use_parallel_residual")
      ?? (layer.norms.beforeNetwork == nil && layer.norms.afterNetwork == nil)
    if isParallel { layer.arrangement = .parallel }
    // Falcon 40B: attention has the second norm, the network the first.
    if let second = norm("attn_norm_2") {
      layer.norms.beforeNetwork = layer.norms.beforeMixer
      layer.norms.beforeMixer = second
    }
    return layer
  }

  private func mixer(_ index: Int) throws(ModelError) -> DecoderLayer.Mixer {
    if has("blk.\(index).ssm_in.weight") { return .stateSpace(try stateSpace()) }
    if has("blk.\(index).attn_kv_a_mqa.weight") {
      return .latentAttention(try latentAttention(index))
    }
    return .attention(try attention(index))
  }

  private func attention(_ index: Int) throws(ModelError) -> AttentionDescription {
    let prefix = "blk.\(index)."
    guard let heads = try optionalCount("attention.head_count", layer: index) else {
      throw ModelError(
        .missingMetadata, "\(family.name).attention.head_count", "no heads in layer \(index)")
    }
    let groups = try optionalCount("attention.head_count_kv", layer: index) ?? heads
    guard heads % groups == 0 else {
      throw ModelError(
        .invalidMetadata, "\(family.name).attention.head_count_kv",
        "\(heads) query heads cannot share \(groups) key heads")
    }
    let keyWidth = try optionalCount("attention.key_length") ?? max(1, width / heads)
    let valueWidth = try optionalCount("attention.value_length") ?? max(1, width / heads)
    var result = AttentionDescription(
      heads: heads, keyValueHeads: groups, keyWidth: keyWidth, valueWidth: valueWidth,
      scale: nonZero("attention.scale") ?? Float(1 / Double(keyWidth).squareRoot()))
    result.isFused = has(prefix + "attn_qkv.weight")
    result.softcap = nonZero("attn_logit_softcapping")
    result.largestBias = nonZero("attention.max_alibi_bias") ?? family.largestBias
    result.clamp = nonZero("attention.clamp_kqv")
    result.hasSinks = has(prefix + "attn_sinks.weight")
    result.queryKeyNorm = try queryKeyNorm(prefix, heads: heads, keyWidth: keyWidth)
    let isSliding = try slides(index)
    if isSliding { result.window = try optionalCount("attention.sliding_window") }
    result.rotary = try rotary(index, headWidth: keyWidth, isSliding: isSliding)
    return result
  }

  private func queryKeyNorm(
    _ prefix: String, heads: Int, keyWidth: Int
  ) throws(ModelError) -> AttentionDescription.QueryKeyNorm? {
    let name = prefix + "attn_q_norm.weight"
    guard let elements = elements(name) else { return nil }
    if elements == keyWidth { return .head }
    guard elements == heads * keyWidth else {
      throw ModelError(
        .shapeMismatch, name,
        "\(keyWidth) or \(heads * keyWidth) elements expected, not \(elements)"
      )
    }
    // One row of all heads together, or a row of weights for each head.
    return rows(name) == 1 ? .whole : .headWeights
  }

  /// Whether a layer sees only a sliding window.
  private func slides(_ index: Int) throws(ModelError) -> Bool {
    guard let period = family.slidingPeriod,
      try optionalCount("attention.sliding_window") != nil
    else { return false }
    if let flag = flag("attention.sliding_window_pattern", layer: index) { return flag }
    let step = try optionalCount("attention.sliding_window_pattern") ?? period
    return (index + 1) % step != 0
  }

  private func rotary(
    _ index: Int, headWidth: Int, isSliding: Bool
  ) throws(ModelError) -> Rotary? {
    guard let pairing = family.rotary else { return nil }
    if family.rotatesOnlyInWindows, !isSliding,
      try optionalCount("attention.sliding_window") != nil
    {
      return nil
    }
    if let period = family.skipsRotaryEvery, (index + 1) % period == 0 { return nil }
    let width = try optionalCount("rope.dimension_count") ?? headWidth
    guard width <= headWidth, width % 2 == 0 else {
      throw ModelError(
        .invalidMetadata, "\(family.name).rope.dimension_count",
        "\(width) elements of a head of \(headWidth) cannot be rotated")
    }
    let base = nonZero("rope.freq_base") ?? 10000
    var result = Rotary(pairing: pairing, width: width, base: base)
    if isSliding, let slidingBase = nonZero("rope.freq_base_swa") ?? family.slidingBase {
      // Layers with a window have their own base and are not stretched.
      result.base = slidingBase
      return result
    }
    try scale(&result)
    return result
  }

  func scale(_ rotary: inout Rotary) throws(ModelError) {
    let factor = nonZero("rope.scaling.factor") ?? nonZero("rope.scale_linear") ?? 1
    let original = try optionalCount("rope.scaling.original_context_length")
    let trained = try optionalCount("context_length")
    if has("rope_freqs.weight") {
      rotary.scaling = .factors("rope_freqs.weight")
    } else if has("rope_factors_short.weight") {
      // Chosen for windows within the original context, as llama.cpp chooses by context size.
      rotary.scaling = .factors("rope_factors_short.weight")
      rotary.magnitude = nonZero("rope.scaling.attn_factor") ?? 1
    } else if text("rope.scaling.type") == "yarn" {
      rotary.scaling = .yarn(
        factor: factor, originalContext: original ?? trained ?? 0,
        fast: nonZero("rope.scaling.yarn_beta_fast") ?? 32,
        slow: nonZero("rope.scaling.yarn_beta_slow") ?? 1, roundsRamp: family.roundsRamp)
      rotary.magnitude =
        nonZero("rope.scaling.attn_factor") ?? (1 + 0.1 * Float(log(Double(factor))))
    } else if text("rope.scaling.type") == "linear", factor != 1 {
      rotary.scaling = .linear(factor)
    }
  }

  private func feedForward(_ index: Int) throws(ModelError) -> FeedForwardDescription? {
    let prefix = "blk.\(index)."
    let experts = try experts(index)
    let down = "ffn_down.weight"
    guard has(prefix + down) else {
      guard let experts else { return nil }
      return FeedForwardDescription(
        activation: family.activation, gate: .separate, width: 0, experts: experts)
    }
    // Phi-2's files name another length than their tensors have.
    let width = rowLength(prefix + down) ?? 0
    let gate: FeedForwardDescription.Gate
    if has(prefix + "ffn_gate.weight") {
      gate = .separate
    } else {
      gate = rows(prefix + "ffn_up.weight") == 2 * width ? .fused : .none
    }
    return FeedForwardDescription(
      activation: family.activation, gate: gate, width: width, experts: experts)
  }

  private func experts(_ index: Int) throws(ModelError) -> ExpertsDescription? {
    let prefix = "blk.\(index)."
    guard has(prefix + "ffn_gate_inp.weight") else { return nil }
    let count = try count("expert_count")
    let chosen = try self.count("expert_used_count")
    guard chosen <= count else {
      throw ModelError(
        .invalidMetadata, "\(family.name).expert_used_count",
        "\(chosen) of \(count) experts cannot be chosen")
    }
    var width = try optionalCount("expert_feed_forward_length", layer: index)
    if width == nil { width = try self.optionalCount("feed_forward_length", layer: index) }
    var result = ExpertsDescription(
      count: count, chosen: chosen, width: width ?? 0, routing: family.routing,
      isNormalized: bool("expert_weights_norm") ?? family.normalizesExperts)
    // Files of the first DeepSeek-V3 have the bias and do not name the function.
    let hasChoiceBias = has(prefix + "exp_probs_b.bias")
    if float("expert_gating_func") ?? (hasChoiceBias ? 2 : 1) == 2 { result.routing = .sigmoid }
    result.scale = nonZero("expert_weights_scale") ?? 1
    result.groupCount = try optionalCount("expert_group_count") ?? 1
    result.chosenGroups = try optionalCount("expert_group_used_count") ?? 1
    result.sharedWidth = rows(prefix + "ffn_up_shexp.weight") ?? 0
    result.hasSharedGate = has(prefix + "ffn_gate_inp_shexp.weight")
    result.hasChoiceBias = hasChoiceBias
    return result
  }
}
