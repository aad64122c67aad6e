internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// One layer: stages, each of which adds something to the hidden states.
struct Layer: Sendable {
  let stages: [LayerStage]

  /// The last stage in which tokens see each other.
  var lastMixing: Int? { stages.lastIndex { $0.mixes } }

  /// Every matrix.
  var linears: [Linear] { stages.flatMap { $0.branches.flatMap { $0.part.linears } } }
}

/// Parts that see the same hidden states, and whose sum is added to these.
///
///     sequential: [mixer], [network]      parallel: [mixer, network]      two mixers: [a, b], [network]
struct LayerStage: Sendable {
  /// One of the parts.
  struct Branch: Sendable {
    let part: any LayerPart
    /// Of what it sees.
    var before: NormWeights?
    /// Of what it gives, before that is added to what others give.
    var after: NormWeights?
  }

  /// Those that let tokens see each other come first.
  let branches: [Branch]
  /// Of the sum before it is added; or of the hidden states after that.
  var norm: NormWeights?
  /// Whether the norm is of the hidden states.
  var normalizesAfter = false
  /// Factor of the sum.
  var scale: Float = 1
  /// Whether the sum is added to what the first branch sees, not to the hidden states.
  var addsToNormalized = false

  /// Whether tokens see each other.
  var mixes: Bool { branches.contains { type(of: $0.part).role == .mixer } }

  /// Whether the sum cannot be added to the hidden states at once: a norm stands between, or another
  /// branch still needs them.
  var needsBranch: Bool {
    branches.count > 1 || (norm != nil && !normalizesAfter) || needsSecond
  }

  /// Whether one branch's result needs memory of its own.
  var needsSecond: Bool { branches.contains { $0.after != nil } }
}

extension Layer {
  /// Finds a layer's parts and what stands between them.
  init(_ site: LayerSite) throws(InferenceError) {
    var mixers: [any LayerPart] = []
    var networks: [any LayerPart] = []
    for kind in LayerParts.all {
      guard let part = try kind.find(site) else { continue }
      switch kind.role {
      case .mixer: mixers.append(part)
      case .network: networks.append(part)
      }
    }
    for (found, role) in [(mixers.isEmpty, DecoderTraits.Part.mixer), (networks.isEmpty, .network)]
    where found && site.traits.everyLayer.contains(role) {
      throw .model(
        ModelError(
          .missingTensor, "layer \(site.index)",
          role == .mixer ? "it has no attention" : "it has no feed-forward network"))
    }
    guard !mixers.isEmpty || !networks.isEmpty else {
      throw .model(
        ModelError(.missingTensor, "layer \(site.index)", "it has no part that is known here"))
    }
    let norms = try LayerNorms(site)
    let addition = LayerAddition(site)
    let scale = addition.scale
    func stage(
      _ parts: [any LayerPart], _ before: NormWeights?, _ norm: NormWeights?
    ) -> LayerStage {
      LayerStage(
        branches: parts.map { .init(part: $0, before: before) }, norm: norm,
        normalizesAfter: norms.arrangement == .normalizedAfter, scale: scale,
        addsToNormalized: addition.addsToNormalized && before != nil)
    }
    if norms.arrangement == .parallel {
      let second = norms.beforeNetwork ?? norms.beforeMixer
      stages = [
        LayerStage(
          branches: mixers.map {
            .init(part: $0, before: norms.beforeMixer, after: norms.afterMixer)
          } + networks.map { .init(part: $0, before: second, after: norms.afterNetwork) },
          scale: scale)
      ]
    } else {
      let first = mixers.isEmpty ? [] : [stage(mixers, norms.beforeMixer, norms.afterMixer)]
      let before = norms.beforeNetwork ?? (mixers.isEmpty ? norms.beforeMixer : nil)
      stages = first + (networks.isEmpty ? [] : [stage(networks, before, norms.afterNetwork)])
    }
  }
}

/// The normalizations between a layer's parts, by their tensors' names.
struct LayerNorms {
  /// How the parts are added.
  var arrangement = DecoderTraits.Arrangement.sequential
  /// Before the mixer.
  var beforeMixer: NormWeights?
  /// Of the mixer's output, before it is added; after it is added for `normalizedAfter`.
  var afterMixer: NormWeights?
  /// Before the feed-forward network; in parallel layers without one that of the mixer serves.
  var beforeNetwork: NormWeights?
  /// Of the network's output.
  var afterNetwork: NormWeights?

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
    beforeNetwork = try site.norm("ffn_norm") ?? plain
    afterMixer = try site.norm("post_attention_norm")
    afterNetwork = try site.norm("post_ffw_norm")
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
