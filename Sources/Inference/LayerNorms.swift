internal import WeighbridgeArchitectures

/// The normalizations between a layer's parts, by their tensors' names.
struct LayerNorms {
  /// How the parts are added.
  var arrangement = DecoderTraits.Arrangement.sequential
  /// Before the mixer.
  var beforeMixer: NormWeights?
  /// Of the mixer's output, before it is added; after it is added for `normalizedAfter`.
  var afterMixer: NormWeights?
  /// Before attention over another text.
  var beforeCrossMixer: NormWeights?
  /// Before the feed-forward network; in parallel layers without one that of the mixer serves.
  var beforeNetwork: NormWeights?
  /// Of the network's output.
  var afterNetwork: NormWeights?
  /// Where a dense network and experts stand side by side: before the experts, and of the output of
  /// either before they are added (Gemma 4).
  var beforeExperts: NormWeights?
  var afterExperts: NormWeights?
  var afterDense: NormWeights?

  init(_ site: LayerSite) throws(InferenceError) {
    if site.traits.arrangement == .normalizedAfter {
      arrangement = .normalizedAfter
      afterMixer = try site.norm("attn_output_norm")
      afterNetwork = try site.norm("layer_output_norm")
      return
    }
    let plain =
      site.traits.hasPlainNorms
      ? NormWeights(weight: nil, bias: nil, kind: site.normalization) : nil
    beforeMixer = try site.norm("attn_norm") ?? plain
    // DBRX names the norm before its network by its place behind attention.
    beforeNetwork = try site.norm("ffn_norm", "attn_output_norm") ?? plain
    beforeCrossMixer = try site.norm("cross_attn_norm")
    afterMixer = try site.norm("post_attention_norm")
    afterNetwork = try site.norm("post_ffw_norm")
    beforeExperts = try site.norm("pre_ffw_norm_2")
    afterExperts = try site.norm("post_ffw_norm_2")
    afterDense = try site.norm("post_ffw_norm_1")
    // gpt-oss and Seed-OSS call the norm before the network by its place after attention.
    if beforeNetwork == nil, afterNetwork == nil, beforeMixer != nil, let norm = afterMixer {
      beforeNetwork = norm
      afterMixer = nil
    }
    arrangement = LayerAddition(site).arrangement
    // Falcon 40B: attention has the second norm, the network the first.
    if let second = try site.norm("attn_norm_2") {
      beforeNetwork = beforeMixer
      beforeMixer = second
    }
  }
}
