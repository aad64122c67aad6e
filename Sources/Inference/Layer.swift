internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// One layer: stages, each of which adds something to the hidden states.
struct Layer: Sendable {
  let stages: [LayerStage]
  /// What the layer does to streams of hidden states beside them.
  let streams: AltUpLayer?

  /// The last stage in which tokens see each other.
  var lastMixing: Int? { stages.lastIndex { $0.mixes } }

  /// Every matrix.
  var linears: [Linear] {
    stages.flatMap { $0.branches.flatMap { $0.part.linears } } + (streams?.linears ?? [])
  }
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
  /// Factor of the hidden states after that.
  var outputScale: Float = 1

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

/// The parts of a layer, by what they do.
private struct FoundParts {
  var mixers: [any LayerPart] = []
  var crossMixers: [any LayerPart] = []
  var networks: [any LayerPart] = []
  var beside: [any LayerPart] = []
  var additions: [any LayerPart] = []

  init(_ site: LayerSite) throws(InferenceError) {
    for kind in LayerParts.all {
      guard let part = try kind.find(site) else { continue }
      switch kind.role {
      case .mixer: mixers.append(part)
      case .crossMixer: crossMixers.append(part)
      case .network: networks.append(part)
      case .besideMixer: beside.append(part)
      case .addition: additions.append(part)
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
  }
}

extension Layer {
  /// Finds a layer's parts and what stands between them.
  init(_ site: LayerSite) throws(InferenceError) {
    let parts = try FoundParts(site)
    let norms = try LayerNorms(site)
    let addition = LayerAddition(site)
    var stages: [LayerStage]
    if norms.arrangement == .parallel {
      let second = norms.beforeNetwork ?? norms.beforeMixer
      stages = [
        LayerStage(
          branches: parts.mixers.map {
            .init(part: $0, before: norms.beforeMixer, after: norms.afterMixer)
          } + parts.networks.map { .init(part: $0, before: second, after: norms.afterNetwork) },
          scale: addition.scale)
      ]
    } else {
      stages = Self.sequential(parts, norms, addition)
    }
    let embedding = parts.additions.lazy.compactMap { $0 as? PerLayerEmbedding }.first
    streams = try AltUpLayer(site, embedding)
    if streams == nil {
      for part in parts.additions {
        stages.append(LayerStage(branches: [.init(part: part)], norm: try site.norm("post_norm")))
      }
    }
    if let scale = try site.vector("layer_output_scale.weight", length: 1), !stages.isEmpty {
      stages[stages.count - 1].outputScale = scale[0, 0]
    }
    self.stages = stages
  }

  /// The mixer and what stands beside it, then the network.
  private static func sequential(
    _ parts: FoundParts, _ norms: LayerNorms, _ addition: LayerAddition
  ) -> [LayerStage] {
    func stage(
      _ branches: [LayerStage.Branch], _ norm: NormWeights?
    ) -> [LayerStage] {
      guard let first = branches.first else { return [] }
      return [
        LayerStage(
          branches: branches, norm: norm,
          normalizesAfter: norms.arrangement == .normalizedAfter, scale: addition.scale,
          addsToNormalized: addition.addsToNormalized && first.before != nil)
      ]
    }
    var result: [LayerStage]
    if parts.beside.isEmpty {
      result = stage(
        parts.mixers.map { .init(part: $0, before: norms.beforeMixer) }, norms.afterMixer)
    } else {
      // Gemma 3n: the sum of states, attention and LAuReL is divided by the root of 2.
      result = stage(
        parts.mixers.map {
          .init(part: $0, before: norms.beforeMixer, after: norms.afterMixer)
        } + parts.beside.map { .init(part: $0, before: norms.beforeMixer) }, nil)
      result[0].outputScale = Float(0.5).squareRoot()
    }
    result += stage(
      parts.crossMixers.map { .init(part: $0, before: norms.beforeCrossMixer) }, nil)
    let before = norms.beforeNetwork ?? (parts.mixers.isEmpty ? norms.beforeMixer : nil)
    return result
      + stage(
        parts.networks.map { part in
          part is Experts
            ? .init(
              part: part, before: norms.beforeExperts ?? before, after: norms.afterExperts)
            : .init(part: part, before: before, after: norms.afterDense)
        }, norms.afterNetwork)
  }
}
