internal import WeighbridgeArchitectures
package import WeighbridgeModelIR

/// A setting of `config.json` that the checker follows and that readers of the GGUF do not know.
package struct ConfigurationGap: Hashable, Sendable {
  /// Where the two differ.
  package enum Extent: Hashable, Sendable {
    /// In every text.
    case everywhere
    /// In texts of more tokens.
    case beyond(Int)

    /// The one of two that is met first.
    static func first(_ left: Extent?, _ right: Extent?) -> Extent? {
      switch (left, right) {
      case (nil, let other), (let other, nil): other
      case (.beyond(let one), .beyond(let two)): .beyond(min(one, two))
      default: .everywhere
      }
    }
  }

  /// The keys that say what is computed; those that the configuration has, where it has any.
  package let keys: [String]
  /// What is computed, in words: `the activation is geluErf`.
  package let meaning: String
  /// Where the two differ.
  package let extent: Extent
  /// Whether a file says it by keys that its readers pass over.
  package let isWritten: Bool

  /// Where readers of a model's metadata compute another thing than its configuration says.
  ///
  /// Every setting is put over what the metadata alone describe; what then changes is a gap.
  package static func find(in model: Model) throws(InferenceError) -> [ConfigurationGap] {
    guard !model.computation.isEmpty else { return [] }
    var outline: ModelOutline
    var written: ModelOutline
    do throws(InferenceError) {
      outline = try ModelOutline(model)
      written = try ModelOutline(model, followingEveryKey: true)
    } catch {
      // Of an architecture that cannot be run here, nothing is known that a reader would compute otherwise.
      guard case .model(let reason) = error, reason.code == .unsupportedArchitecture else {
        throw error
      }
      return []
    }
    var gaps: [ConfigurationGap] = []
    for computation in model.computation {
      for setting in computation.settings {
        let isWritten = written.follow(setting) == nil
        guard let extent = outline.follow(setting) else { continue }
        gaps.append(
          ConfigurationGap(
            keys: computation.keys, meaning: setting.meaning, extent: extent, isWritten: isWritten))
      }
    }
    return gaps
  }
}

/// What a model computes by its metadata, without its weights.
struct ModelOutline: Hashable {
  private var description: DecoderDescription
  private var layers: [LayerOutline] = []

  /// Describes a model as readers of GGUF do.
  init(_ model: Model, followingEveryKey: Bool = false) throws(InferenceError) {
    let known = try describing { () throws(ModelError) in
      try DecoderFacts(model, followsConfiguration: false)
    }
    let facts = followingEveryKey ? known.followingEveryKey : known
    description = try describing { () throws(ModelError) in try DecoderDescription(facts) }
    let weights = try WeightTable(model)
    for stack in [facts.encoder, facts].compactMap(\.self) {
      for index in 0..<stack.layerCount {
        layers.append(
          try LayerOutline(
            LayerSite(
              facts: stack, weights: weights, normalization: description.normalization,
              index: index, prefix: "\(stack.traits.layerPrefix)blk.\(index).")))
      }
    }
  }

  /// Follows a setting; says where that is another thing.
  mutating func follow(_ setting: ComputationSetting) -> ConfigurationGap.Extent? {
    let before = self
    description.follow(setting)
    var extent: ConfigurationGap.Extent?
    for index in layers.indices {
      extent = .first(extent, layers[index].follow(setting, layer: index))
    }
    if extent == nil, description != before.description { extent = .everywhere }
    return extent
  }
}

/// What a layer computes, without its weights.
struct LayerOutline: Hashable {
  var attention: AttentionDescription?
  var latent: LatentAttentionDescription?
  var stateSpace: StateSpaceDescription?
  var duality: StateSpaceDualityDescription?
  var deltaNet: GatedDeltaNetDescription?
  var kimiDelta: KimiDeltaDescription?
  var nonlinearity: Nonlinearity?
  var experts: ExpertsDescription?
  var adding: LayerAddition

  init(_ site: LayerSite) throws(InferenceError) {
    if site.has("attn_kv_a_mqa.weight") {
      latent = try LatentAttentionDescription(site)
    } else if GatedDeltaNet.shows(site) {
      deltaNet = try GatedDeltaNetDescription(site)
    } else if KimiDeltaAttention.shows(site) {
      kimiDelta = try KimiDeltaDescription(site)
    } else if site.has("attn_q.weight") || site.has("attn_qkv.weight") {
      attention = try AttentionDescription(described: site)
    }
    if StateSpaceDuality.shows(site) {
      duality = try StateSpaceDualityDescription(site)
    } else if site.has("ssm_in.weight") {
      stateSpace = try StateSpaceDescription(site)
    }
    if site.has("ffn_down.weight") || site.has("ffn_gate_inp.weight") {
      nonlinearity = try Nonlinearity(described: site)
    }
    if site.has("ffn_gate_inp.weight") {
      experts = try describing { () throws(ModelError) in try ExpertsDescription(site) }
    }
    adding = LayerAddition(described: site)
  }

  /// Follows a setting; says where that is another thing.
  mutating func follow(
    _ setting: ComputationSetting, layer: Int
  ) -> ConfigurationGap.Extent? {
    let before = self
    var extent = attention?.follow(setting, layer: layer)
    extent = .first(extent, latent?.follow(setting, layer: layer))
    stateSpace?.follow(setting)
    duality?.follow(setting)
    deltaNet?.follow(setting)
    kimiDelta?.follow(setting)
    nonlinearity?.follow(setting)
    experts?.follow(setting)
    adding.follow(setting)
    let mixers =
      (stateSpace, duality, deltaNet, kimiDelta) != (
        before.stateSpace, before.duality, before.deltaNet, before.kimiDelta
      )
    let others =
      (nonlinearity, experts, adding) != (before.nonlinearity, before.experts, before.adding)
    return mixers || others ? .everywhere : extent
  }
}
