/// Which of several models to take: what others beat in size and closeness, and the best of each size.
public struct Verdict: Hashable, Sendable {
  /// A model that another is no larger than, and closer to the reference than.
  public struct Dominated: Hashable, Sendable {
    /// The model, by its place in the list.
    public let model: Int
    /// The one that beats it by most.
    public let by: Int
    /// By how much its divergence is larger.
    public let margin: PairedDifference.Interval
  }

  /// The model to take among those of about a size.
  public struct Recommendation: Hashable, Sendable {
    /// Whole bits of a weight.
    public let bits: Int
    /// The model, by its place in the list.
    public let model: Int
    /// Larger ones of this size whose divergence the text does not tell from its own.
    public let equals: [Int]
  }

  /// Models that nobody should take.
  public let dominated: [Dominated]
  /// The others, from the smallest on: each is closer to the reference than all smaller ones.
  public let frontier: [Int]
  /// One of each size, from the largest on.
  public let recommendations: [Recommendation]

  /// Judges models by how their files and divergences compare; differences within the intervals of 95 % are
  /// none.
  public init(_ models: [ModelDifference]) {
    var intervals: [Int: PairedDifference.Interval] = [:]
    for pair in PairedDifference.all(of: models) {
      intervals[pair.first * models.count + pair.second] = pair.divergence
    }
    func excess(_ model: Int, over other: Int) -> PairedDifference.Interval {
      if let known = intervals[model * models.count + other] { return known }
      if let known = intervals[other * models.count + model] { return known.negated }
      // One window: only the errors of the means tell.
      let (own, base) = (models[model].divergence, models[other].divergence)
      let margin = 1.96 * (own.error * own.error + base.error * base.error).squareRoot()
      let value = own.value - base.value
      return .init(value: value, low: value - margin, high: value + margin)
    }
    let known = models.indices.filter { models[$0].model.bytes > 0 }
    dominated = known.compactMap { model in
      let better = known.filter {
        $0 != model && models[$0].model.bytes <= models[model].model.bytes
          && excess(model, over: $0).low > 0
      }
      let best = better.min { models[$0].divergence.value < models[$1].divergence.value }
      return best.map { Dominated(model: model, by: $0, margin: excess(model, over: $0)) }
    }
    let beaten = Set(dominated.map(\.model))
    let left = known.filter { !beaten.contains($0) }
    frontier = left.sorted { models[$0].model.bytes < models[$1].model.bytes }
    var sizes: [Int: [Int]] = [:]
    for model in left { sizes[Int(models[model].model.bitsPerWeight), default: []].append(model) }
    recommendations = sizes.keys.sorted(by: >).compactMap { bits in
      let members = sizes[bits] ?? []
      guard
        let best = members.min(by: { models[$0].divergence.value < models[$1].divergence.value })
      else { return nil }
      let alike = members.filter { $0 == best || !excess($0, over: best).excludesZero }
        .sorted { models[$0].model.bytes < models[$1].model.bytes }
      return Recommendation(bits: bits, model: alike[0], equals: Array(alike.dropFirst()))
    }
  }
}

extension PairedDifference.Interval {
  /// The same seen from the other side.
  fileprivate var negated: Self { .init(value: -value, low: -high, high: -low) }
}
