internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension LatentAttentionDescription {
  /// Reads the metadata; the lengths of heads are those before keys are compressed.
  init(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    let sizes = try describing { () throws(ModelError) in
      let rotated = try facts.count("rope.dimension_count")
      var keyWidth = try facts.optionalCount("attention.key_length_mla")
      var valueWidth = try facts.optionalCount("attention.value_length_mla")
      if keyWidth == nil { keyWidth = try facts.optionalCount("attention.key_length") }
      if valueWidth == nil { valueWidth = try facts.optionalCount("attention.value_length") }
      let heads = try facts.count("attention.head_count", layer: site.index)
      if valueWidth == nil { valueWidth = max(1, facts.width / heads) }
      let latent = try facts.count("attention.kv_lora_rank")
      // What is behind the latent vector; all of it is rotated but in few models.
      let shared = (site.rows("attn_kv_a_mqa.weight") ?? 0) - latent
      guard let keyWidth, let valueWidth, keyWidth > shared, rotated <= shared, rotated % 2 == 0
      else {
        throw ModelError(
          .invalidMetadata, facts.key("attention.key_length_mla"),
          "keys longer than the \(shared) elements that all heads share are expected, and at most these "
            + "rotated, not \(rotated)")
      }
      return (
        heads: heads, rotated: rotated, shared: shared, key: keyWidth, value: valueWidth,
        latent: latent,
        query: site.has("attn_q_a.weight") ? try facts.count("attention.q_lora_rank") : nil
      )
    }
    var rotary = site.traits.rotary.map { pairing in
      Rotary(pairing: pairing, width: sizes.rotated, base: facts.nonZero("rope.freq_base") ?? 10000)
    }
    try rotary?.stretch(site)
    var factor = 1.0
    if case .yarn(let stretch, _, _, _, _) = rotary?.scaling,
      let multiplier = facts.nonZero("rope.scaling.yarn_log_multiplier")
    {
      // The magnitude is moved from cosine and sine to the scores, whole keys included.
      rotary?.magnitude = 1
      factor = 1 + Double(multiplier) * log(Double(stretch))
    }
    self.init(
      heads: sizes.heads, plainWidth: sizes.key - sizes.shared, valueWidth: sizes.value,
      latentWidth: sizes.latent, queryLatentWidth: sizes.query,
      scale: Float(factor * factor / Double(sizes.key).squareRoot()), sharedWidth: sizes.shared,
      rotary: rotary, selection: try KeySelectionDescription(site),
      isSplit: site.has("attn_k_b.weight"))
  }
}
