/// One thing that a checkpoint's configuration says is computed, whatever GGUF's metadata can hold.
///
/// The checker applies settings over what the metadata describe, so that a folder is run as its
/// configuration says; where that changes something, readers of the GGUF compute another thing.
package enum ComputationSetting: Hashable, Sendable {
  /// The nonlinearity of feed-forward networks, experts and state spaces.
  case activation(ActivationFunction)
  /// Factor of the gate within the sigmoid, and the bound of gate and up, of gpt-oss' experts.
  case clampedGate(factor: Float, limit: Float)
  /// Added to the mean square of every normalization but those that have one of their own.
  case epsilon(Float)
  /// The same within latent attention.
  case latentEpsilon(Float)
  /// The same of the time step and the vectors of a state space.
  case stateEpsilon(Float)
  /// The nonlinearity of state spaces alone.
  case stateActivation(ActivationFunction)
  /// Bounds of a state space's time steps.
  case timeSteps(low: Float, high: Float)
  /// Whether a state space's output is normalized before its gate, not behind it.
  case normalizesBeforeGate(Bool)
  /// The order of the norm by which the weights of the chosen experts are divided.
  case expertNorm(Float)
  /// Whether what the chosen experts and the shared one give is averaged, not summed.
  case averagesShared(Bool)
  /// Factor of the scores, for each layer.
  case scoreScales([Float])
  /// Scores become cap × tanh(score / cap); nil for none.
  case scoreCap(Float?)
  /// Logits become cap × tanh(logit / cap); nil for none.
  case logitCap(Float?)
  /// How far back a query sees, itself included, for each layer; nil for all.
  case windows([Int?])
  /// How many keys a stretch has, of which queries see their own alone, for each layer; nil for no
  /// stretches.
  case chunks([Int?])
  /// Whether a token sees only those before it.
  case causal(Bool)
  /// How queries and keys are rotated, for each layer; nil for not at all.
  case rotations([RotarySetting?])
  /// Whether pairs that are rotated are neighbours.
  case interleaved(Bool)
  /// How queries far into a text are scaled, for each layer; nil for not at all.
  case temperatures([QueryTemperature?])
  /// Whether each head's queries and keys are normalized without weights, for each layer.
  case plainHeadNorms([Bool])
  /// How far relative positions are told apart.
  case bucketDistance(Int)
  /// Queries, keys and values are held within ±limit, before or after queries and keys are
  /// normalized; nil for no limit.
  case clamp(Float?, afterNormalization: Bool)
  /// ALiBi; nil for none.
  case positionBias(PositionBias?)
  /// Factor of the embeddings.
  case embeddingScale(Float)
  /// Factor of each branch before it is added.
  case residualScale(Float)
  /// Factor of the logits.
  case logitScale(Float)
  /// Experts for each token.
  case chosenExperts(Int)
  /// Whether the weights of the chosen experts are divided by their sum.
  case normalizedExperts(Bool)
  /// Factor of the experts' weights.
  case expertScale(Float)
  /// How the router's scores become weights.
  case routing(RoutingFunction)
  /// How far below the best, relative to both, scores may be that a sparse mixer weighs.
  case routerTolerance(Float)
  /// Groups of experts of which only some take part, and how many of a group's scores are summed to
  /// choose it; nil for no groups.
  case expertGroups(ExpertGroups?)
  /// Whether attention and network see the same hidden states.
  case parallel(Bool)
  /// Whether branches are added to the normalized hidden states instead of to the hidden states.
  case addsToNormalized(Bool)
}

/// What some keys of a configuration say is computed.
package struct ConfiguredComputation: Hashable, Sendable {
  /// The keys; those that the configuration has, where it has any.
  package let keys: [String]
  /// What they say.
  package let settings: [ComputationSetting]
  /// Describes what keys say.
  package init(keys: [String], settings: [ComputationSetting]) {
    self.keys = keys
    self.settings = settings
  }
}

/// A nonlinearity.
package enum ActivationFunction: String, CaseIterable, Hashable, Sendable {
  case silu, geluTanh, geluErf, geluClipped, quickGELU, relu, reluSquared, relu6, leakyRelu
  case sigmoid, tanh, laplace, mish, hardSwish, linear, rootOfSoftplus
}

/// How a router's scores become weights of experts.
package enum RoutingFunction: Hashable, Sendable {
  /// Softmax over all experts, then the best.
  case softmax
  /// The best, then softmax over these.
  case softmaxOfChosen
  /// Sigmoid of each.
  case sigmoid
}

/// Groups of experts.
package struct ExpertGroups: Hashable, Sendable {
  /// Their number.
  package let count: Int
  /// How many take part.
  package let chosen: Int
  /// How many of a group's best scores are summed to choose it.
  package let summed: Int
  /// Describes groups.
  package init(count: Int, chosen: Int, summed: Int) {
    self.count = count
    self.chosen = chosen
    self.summed = summed
  }
}

/// Queries are multiplied with 1 + scale × ln(1 + ⌊(position + offset) / length⌋).
package struct QueryTemperature: Hashable, Sendable {
  /// How strongly.
  package let scale: Float
  /// Added to positions.
  package let offset: Int
  /// Positions of a stretch with one factor; above zero.
  package let length: Int
  /// Describes a scaling.
  package init(scale: Float, offset: Int, length: Int) {
    self.scale = scale
    self.offset = offset
    self.length = max(1, length)
  }
}

/// A bias of scores that falls with distance.
package struct PositionBias: Hashable, Sendable {
  /// The exponent of the steepest head's slope, as a power of one half.
  package let largest: Float
  /// Factor of all slopes.
  package let factor: Float
  /// Whether a key's bias is counted from the first token and rounded to bfloat16 before the factor.
  package let isRounded: Bool
  /// Describes a bias.
  package init(largest: Float, factor: Float = 1, isRounded: Bool = false) {
    self.largest = largest
    self.factor = factor
    self.isRounded = isRounded
  }
}

/// How a layer's queries and keys are rotated.
package struct RotarySetting: Hashable, Sendable {
  /// Radians for each position, one for each pair.
  package var frequencies: RotaryFrequencies
  /// Factor of cosine and sine.
  package var magnitude: Float = 1
  /// Describes a rotation.
  package init(_ frequencies: RotaryFrequencies, magnitude: Float = 1) {
    self.frequencies = frequencies
    self.magnitude = magnitude
  }
}

/// Radians for each position, one for each pair of elements that are rotated.
package enum RotaryFrequencies: Hashable, Sendable {
  /// The same for texts of any length.
  case fixed([Double])
  /// Some for texts of at most `length` tokens, others beyond.
  case byLength(length: Int, short: [Double], long: [Double])
  /// base^(−2i/width), whose base grows with the length of texts longer than those trained on.
  case dynamic(base: Double, factor: Double, trained: Int, width: Int)

  /// The frequencies for a text of some length.
  package func values(length: Int) -> [Double] {
    switch self {
    case .fixed(let values): return values
    case .byLength(let limit, let short, let long): return length > limit ? long : short
    case .dynamic(let base, let factor, let trained, let width):
      guard length > trained, width > 2 else {
        return RotaryFrequencies.plain(base: base, width: width)
      }
      let growth = factor * Double(length) / Double(trained) - (factor - 1)
      let exponent = Double(width) / Double(width - 2)
      return RotaryFrequencies.plain(base: base * Self.power(growth, exponent), width: width)
    }
  }

  /// Up to which length texts have the same frequencies; nil where all have.
  package var lengthLimit: Int? {
    switch self {
    case .fixed: nil
    case .byLength(let length, _, _): length
    case .dynamic(_, _, let trained, _): trained
    }
  }

  /// How many pairs are rotated.
  package var pairs: Int {
    switch self {
    case .fixed(let values): values.count
    case .byLength(_, let short, _): short.count
    case .dynamic(_, _, _, let width): (width + 1) / 2
    }
  }
}
