internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Rotary positions.
struct Rotary: Hashable, Sendable {
  /// How frequencies are stretched for contexts longer than trained.
  enum Scaling: Hashable, Sendable {
    case none
    /// All divided by the factor.
    case linear(Float)
    /// Each divided by its own.
    case factors([Float])
    /// YaRN: low frequencies divided, high ones kept, a ramp between, whose ends are rounded to
    /// whole pairs or not.
    case yarn(factor: Float, originalContext: Int, fast: Float, slow: Float, roundsRamp: Bool)
    /// As the configuration of a checkpoint says.
    case given(RotaryFrequencies)
  }

  /// Which elements form a pair.
  var pairing: DecoderTraits.Pairing
  /// How many elements of a head are rotated: the first ones.
  var width: Int
  /// The base of the frequencies.
  var base: Float
  /// How they are stretched.
  var scaling = Scaling.none
  /// Factor of cosine and sine.
  var magnitude: Float = 1
}

extension Rotary {
  /// The rotation of a layer's heads; nil where the layer does not rotate.
  init?(_ site: LayerSite, headWidth: Int, isWindowed: Bool) throws(InferenceError) {
    let (facts, traits) = (site.facts, site.traits)
    guard let pairing = facts.rotary else { return nil }
    if traits.rotatesIfFinetuned, facts.bool("rope.scaling.finetuned") == false { return nil }
    let width = try describing { () throws(ModelError) -> Int? in
      let leading = try facts.optionalCount("leading_dense_block_count") ?? 0
      let isLeading = traits.rotatesLeadingDense && site.index < leading
      if traits.rotatesOnlyInWindows, !isWindowed, !isLeading,
        try facts.optionalCount("attention.sliding_window") != nil
      {
        return nil
      }
      // Llama 4 without any windows rotates in all layers.
      let length = "attention.sliding_window"
      let window = try facts.optionalCount(length)
      let rotatesAll = facts.has(key: length) && window == nil
      if let period = traits.skipsRotaryEvery, (site.index + 1) % period == 0, !rotatesAll {
        return nil
      }
      let own = isWindowed ? try facts.optionalCount("rope.dimension_count_swa") : nil
      let key = "rope.dimension_count"
      let all = facts.float(key) == 0 ? 0 : try facts.optionalCount(key)
      let width = own ?? all ?? headWidth
      guard width > 0, width <= headWidth, width % 2 == 0 else {
        throw ModelError(
          .invalidMetadata, facts.key("rope.dimension_count"),
          "\(width) elements of a head of \(headWidth) cannot be rotated")
      }
      return width
    }
    guard let width else { return nil }
    self.init(pairing: pairing, width: width, base: facts.nonZero("rope.freq_base") ?? 10000)
    if isWindowed {
      // Layers with a base of their own are not stretched.
      let own = facts.nonZero("rope.freq_base_swa") ?? traits.windowedBase
      base = own ?? base
      if own != nil || !traits.stretchesWindows { return }
    }
    try stretch(site)
  }

  /// Reads how frequencies are stretched.
  mutating func stretch(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    let factor = facts.nonZero("rope.scaling.factor") ?? facts.nonZero("rope.scale_linear") ?? 1
    func ramp(_ key: String) -> Float? { facts.traits.readsRamp ? facts.nonZero(key) : nil }
    let context = try describing { () throws(ModelError) in
      (
        original: try facts.optionalCount("rope.scaling.original_context_length"),
        trained: try facts.optionalCount("context_length")
      )
    }
    if let factors = try site.weights.vector("rope_freqs.weight", length: width / 2) {
      scaling = .factors(factors.array)
    } else if let factors = try site.weights.vector(
      "rope_factors_short.weight", length: width / 2)
    {
      // Chosen for windows within the original context, as llama.cpp chooses by context size.
      scaling = .factors(factors.array)
      magnitude = facts.nonZero("rope.scaling.attn_factor") ?? 1
    } else if facts.text("rope.scaling.type") == "yarn" {
      scaling = .yarn(
        factor: factor, originalContext: context.original ?? context.trained ?? 0,
        fast: ramp("rope.scaling.yarn_beta_fast") ?? 32,
        slow: ramp("rope.scaling.yarn_beta_slow") ?? 1,
        roundsRamp: facts.traits.roundsRamp)
      magnitude =
        facts.nonZero("rope.scaling.attn_factor") ?? (1 + 0.1 * Float(log(Double(factor))))
      // What `mscale_all_dim` takes back of it.
      if let multiplier = facts.nonZero("rope.scaling.yarn_log_multiplier") {
        magnitude /= 1 + 0.1 * multiplier * Float(log(Double(factor)))
      }
    } else if facts.text("rope.scaling.type") == "linear", factor != 1 {
      scaling = .linear(factor)
    }
  }
}
