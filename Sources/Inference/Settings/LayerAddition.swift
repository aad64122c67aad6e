internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

/// How a layer's parts are added to the hidden states.
struct LayerAddition: Hashable, Sendable {
  /// The order of parts and sums.
  var arrangement = DecoderTraits.Arrangement.sequential
  /// Factor of each part before it is added.
  var scale: Float = 1
  /// Whether parts are added to their normalized input instead of to the hidden states.
  var addsToNormalized = false

  /// What the metadata say, or the presence of norms.
  init(described site: LayerSite) {
    scale = site.facts.nonZero("residual_scale") ?? site.traits.residualScale(site.facts) ?? 1
    let names = ["ffn_norm", "attn_output_norm", "post_attention_norm", "post_ffw_norm"]
    let hasOwn = names.contains { site.has($0 + ".weight") || site.has($0) }
    let isFound = site.facts.bool("use_parallel_residual") ?? !hasOwn
    arrangement = site.traits.arrangement ?? (isFound ? .parallel : .sequential)
  }

  /// What metadata and configuration say.
  init(_ site: LayerSite) {
    self.init(described: site)
    for setting in site.facts.settings { follow(setting) }
  }

  /// Follows a setting of the configuration.
  mutating func follow(_ setting: ComputationSetting) {
    switch setting {
    case .residualScale(let value): scale.follow(value)
    case .addsToNormalized(let adds): addsToNormalized = adds
    case .parallel(let isParallel):
      if arrangement != .normalizedAfter { arrangement = isParallel ? .parallel : .sequential }
    default: break
    }
  }
}
