package import WeighbridgeModelIR

extension ComputationSetting {
  /// What is computed, in words.
  package var meaning: String {
    switch self {
    case .activation(let function): "the activation is \(function.rawValue)"
    case .clampedGate(let factor, let limit): "gates have factor \(factor) and limit \(limit)"
    case .epsilon(let value): "norms add \(value)"
    case .latentEpsilon(let value): "norms within attention add \(value)"
    case .stateEpsilon(let value): "norms within the state space add \(value)"
    case .stateActivation(let function): "the state space's activation is \(function.rawValue)"
    case .timeSteps(let low, let high): "time steps are held within \(low) and \(high)"
    case .normalizesBeforeGate(let isBefore):
      isBefore
        ? "the state is normalized before its gate" : "the state is normalized behind its gate"
    case .expertNorm(let order): "experts' weights are divided by their norm of order \(order)"
    case .averagesShared(let averages):
      averages ? "experts and the shared one are averaged" : "experts and the shared one are summed"
    case .scoreScales(let scales): "scores are scaled by \(Self.range(scales))"
    case .scoreCap(let cap): cap.map { "scores are capped at \($0)" } ?? "scores are not capped"
    case .logitCap(let cap): cap.map { "logits are capped at \($0)" } ?? "logits are not capped"
    case .windows(let windows): Self.text(windows)
    case .chunks(let chunks):
      chunks.compactMap(\.self).min().map { "tokens see their own stretch of \($0)" }
        ?? "tokens see beyond stretches"
    case .causal(let isCausal):
      isCausal ? "tokens see those before them" : "tokens see those behind them, too"
    case .rotations: "the rotary embedding has other angles"
    case .interleaved(let isInterleaved):
      isInterleaved ? "neighbours are rotated" : "halves are rotated"
    case .temperatures(let values):
      values.compactMap(\.self).first.map {
        "queries are scaled by 1 + \($0.scale) × log(1 + ⌊(position + \($0.offset)) / \($0.length)⌋)"
      } ?? "queries are not scaled by their positions"
    case .plainHeadNorms(let flags):
      "queries and keys of \(flags.count(where: \.self)) of \(flags.count) layers are normalized"
    case .bucketDistance(let distance): "relative positions are told apart up to \(distance)"
    case .clamp(let limit, _):
      limit.map { "queries, keys and values are held within ±\($0)" } ?? "nothing is held in bounds"
    case .positionBias(let bias): bias == nil ? "there is no ALiBi" : "there is ALiBi"
    case .embeddingScale(let scale): "embeddings are scaled by \(scale)"
    case .residualScale(let scale): "branches are scaled by \(scale)"
    case .logitScale(let scale): "logits are scaled by \(scale)"
    case .chosenExperts(let count): "each token has \(count) experts"
    case .normalizedExperts(let isNormalized):
      isNormalized ? "experts' weights are normalized" : "experts' weights are not normalized"
    case .expertScale(let scale): "experts' weights are scaled by \(scale)"
    case .routing(let function): "experts are weighed by \(function)"
    case .routerTolerance(let value): "experts take part whose scores are within \(value)"
    case .expertGroups(let groups):
      groups.map { "experts come from \($0.chosen) of \($0.count) groups, by \($0.summed) scores" }
        ?? "experts have no groups"
    case .parallel(let isParallel):
      isParallel ? "attention and network run side by side" : "the network follows attention"
    case .addsToNormalized(let adds):
      adds ? "branches are added to normalized states" : "branches are added to the states"
    }
  }

  private static func range(_ values: [Float]) -> String {
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    return low == high ? "\(low)" : "\(low) to \(high)"
  }

  private static func text(_ windows: [Int?]) -> String {
    let sliding = windows.compactMap(\.self)
    guard let least = sliding.min() else { return "no layer has a sliding window" }
    return "\(sliding.count) of \(windows.count) layers see \(least) tokens"
  }
}
