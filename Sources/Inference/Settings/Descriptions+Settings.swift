internal import WeighbridgeArchitectures
internal import WeighbridgeModelIR

// How what the metadata describe follows the settings of a checkpoint's configuration. Numbers that are
// the same but for rounding stay, so that a description changes only where something is computed
// otherwise.

extension DecoderDescription {
  /// Follows a setting of the configuration.
  mutating func follow(_ setting: ComputationSetting) {
    switch setting {
    case .epsilon(let value): normalization.epsilon.follow(value)
    case .logitCap(let cap): head.softcap.follow(cap)
    case .embeddingScale(let scale): embedding.scale.follow(scale)
    case .logitScale(let scale): head.scale.follow(scale)
    case .causal(let isCausal): self.isCausal = isCausal
    default: break
    }
  }
}

extension AttentionDescription {
  /// What metadata and configuration say.
  init(followed site: LayerSite) throws(InferenceError) {
    try self.init(described: site)
    for setting in site.facts.settings { _ = follow(setting, layer: site.index) }
  }

  /// What the metadata say.
  init(described site: LayerSite) throws(InferenceError) {
    self = try describing { () throws(ModelError) in try AttentionDescription(site) }
    rotary = try Rotary(site, headWidth: keyWidth, isWindowed: window != nil)
    if rotary == nil, temperature == nil { temperature = site.traits.plainTemperature(site.facts) }
    if rotary != nil, queryKeyNorm == nil, site.traits.hasPlainHeadNorms(site.facts) {
      queryKeyNorm = .plain
      normalizesRotated = true
    }
  }

  /// Follows a setting of the configuration; says where that is another thing.
  mutating func follow(
    _ setting: ComputationSetting, layer: Int
  ) -> ConfigurationGap.Extent? {
    let before = self
    switch setting {
    case .rotations(let settings):
      guard settings.indices.contains(layer) else { return nil }
      let old = rotary
      rotary = settings[layer].map { Rotary($0, like: old, pairing: pairing) }
      guard let old, let rotary else { return old == nil && rotary == nil ? nil : .everywhere }
      return old.difference(to: rotary)
    case .windows(let windows):
      guard windows.indices.contains(layer), window?.back != windows[layer] else { return nil }
      let reach = min(window?.back ?? .max, windows[layer] ?? .max)
      window = windows[layer].map { AttentionWindow(back: $0, ahead: isCausal ? nil : $0 - 1) }
      return .beyond(reach)
    case .chunks(let chunks):
      guard chunks.indices.contains(layer), window?.chunk != chunks[layer] else { return nil }
      let reach = min(window?.chunk ?? .max, chunks[layer] ?? .max)
      window = chunks[layer].map { AttentionWindow(chunk: $0) }
      return .beyond(reach)
    case .temperatures(let values):
      guard values.indices.contains(layer), temperature != values[layer] else { return nil }
      let reach = [temperature, values[layer]].compactMap { $0.map { $0.length - $0.offset } }
      temperature = values[layer]
      return .beyond(max(1, reach.min() ?? 1))
    case .plainHeadNorms(let flags):
      guard flags.indices.contains(layer), queryKeyNorm == nil || queryKeyNorm == .plain else {
        return nil
      }
      queryKeyNorm = flags[layer] ? .plain : nil
      normalizesRotated = flags[layer]
    case .bucketDistance(let distance):
      guard let old = buckets?.distance, old != distance else { return nil }
      buckets?.distance = distance
      // Up to half of a direction's buckets, each distance has its own.
      return .beyond(max(1, (buckets?.count ?? 4) / 4))
    case .scoreScales(let scales):
      if scales.indices.contains(layer) { scale.follow(scales[layer]) }
    case .scoreCap(let cap): softcap.follow(cap)
    case .causal(let isCausal):
      self.isCausal = isCausal
      if !isCausal, let back = window?.back { window?.ahead = back - 1 }
    case .clamp(let limit, let afterNormalization):
      clamp.follow(limit)
      clampsNormalized = clamp != nil && afterNormalization
    case .positionBias(let bias):
      largestBias.follow(bias?.largest)
      biasFactor = bias?.factor ?? 1
      roundsBias = bias?.isRounded ?? false
    case .interleaved(let isInterleaved):
      rotary?.pairing = isInterleaved ? .interleaved : .halves
    default: break
    }
    return self == before ? nil : .everywhere
  }
}

extension LatentAttentionDescription {
  /// Follows a setting of the configuration; says where that is another thing.
  mutating func follow(
    _ setting: ComputationSetting, layer: Int
  ) -> ConfigurationGap.Extent? {
    let before = self
    switch setting {
    case .rotations(let settings):
      guard settings.indices.contains(layer), let setting = settings[layer] else { return nil }
      let new = Rotary(setting, like: before.rotary)
      rotary = new
      guard let old = before.rotary else { return .everywhere }
      return old.difference(to: new)
    case .scoreScales(let scales):
      if scales.indices.contains(layer) { scale.follow(scales[layer]) }
    case .temperatures(let values):
      guard values.indices.contains(layer), temperature != values[layer] else { return nil }
      let reach = [temperature, values[layer]].compactMap { $0.map { $0.length - $0.offset } }
      temperature = values[layer]
      return .beyond(max(1, reach.min() ?? 1))
    case .latentEpsilon(let value): epsilon = value
    case .epsilon(let value): if epsilon == nil { epsilon = value }
    case .causal(let isCausal): self.isCausal = isCausal
    case .interleaved(let isInterleaved):
      rotary?.pairing = isInterleaved ? .interleaved : .halves
    default: break
    }
    // Before either is said, both are the model's.
    if case .epsilon = setting { return nil }
    if case .latentEpsilon(let value) = setting, before.epsilon == value { return nil }
    return self == before ? nil : .everywhere
  }
}

extension StateSpaceDescription {
  /// Follows a setting of the configuration.
  mutating func follow(_ setting: ComputationSetting) {
    switch setting {
    case .activation(let function), .stateActivation(let function): activation = function
    case .stateEpsilon(let value): epsilon = value
    default: break
    }
  }
}

extension Nonlinearity {
  /// Follows a setting of the configuration.
  mutating func follow(_ setting: ComputationSetting) {
    switch (self, setting) {
    case (.function, .activation(let function)), (.integratedELU, .activation(let function)):
      self = .function(function)
    case (.clamped(var factor, var limit), .clampedGate(let newFactor, let newLimit)):
      factor.follow(newFactor)
      limit.follow(newLimit)
      self = .clamped(factor: factor, limit: limit)
    default: break
    }
  }
}

extension ExpertsDescription {
  /// Follows a setting of the configuration.
  mutating func follow(_ setting: ComputationSetting) {
    switch setting {
    case .chosenExperts(let number): chosen = min(number, count)
    case .expertScale(let value): scale.follow(value)
    case .expertNorm(let order): normOrder.follow(order)
    case .averagesShared(let averages): averagesShared = averages
    case .normalizedExperts(let isNormalized):
      // Softmax over the chosen is softmax over all, divided by the sum of the chosen.
      if routing != .softmaxOfChosen || !isNormalized { self.isNormalized = isNormalized }
    case .routing(.softmax): routing = .softmax
    case .routerTolerance(let value): tolerance.follow(value)
    case .routing(.softmaxOfChosen): routing = .softmaxOfChosen
    case .routing(.sigmoid): routing = .sigmoid
    case .expertGroups(let groups):
      groupCount = groups?.count ?? 1
      chosenGroups = groups?.chosen ?? 1
      if let groups { summedOfGroup = groups.summed }
    default: break
    }
  }
}

extension Float {
  /// Takes another value, unless it is the same but for rounding.
  mutating func follow(_ value: Float) {
    if abs(self - value) > 1e-6 * max(abs(self), abs(value)) { self = value }
  }
}

extension Float? {
  /// Takes another value, unless it is the same but for rounding; zero is none.
  mutating func follow(_ value: Float?) {
    guard let value, value != 0 else {
      self = nil
      return
    }
    guard var old = self else {
      self = value
      return
    }
    old.follow(value)
    self = old
  }
}
