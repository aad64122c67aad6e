#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Sums over the vocabulary that run along slice by slice, an element for each token of each model.
///
/// The first model is the reference. Each token is one worker's.
struct RunningSums: Sendable {
  private let models: [Sums]
  private let tokens: Int
  private let ranked: Int

  /// Running sums of one model.
  private struct Sums: Sendable {
    let maximum: SharedBuffer<Float>
    let sum: SharedBuffer<Double>
    let target: SharedBuffer<Float>
    let best: SharedBuffer<Int>
    /// Σ exp(r − maximum of r) × (r − q), by the reference's maximum.
    let difference: SharedBuffer<Double>
    /// The largest logits of each token in falling order, and where they stand; none for one model alone.
    let largest: SharedBuffer<Float>
    let places: SharedBuffer<Int32>

    init(count: Int, ranked: Int) {
      maximum = SharedBuffer(count: count, repeating: -.infinity)
      sum = SharedBuffer(count: count, repeating: 0)
      target = SharedBuffer(count: count, repeating: 0)
      best = SharedBuffer(count: count, repeating: 0)
      difference = SharedBuffer(count: count, repeating: 0)
      largest = SharedBuffer(count: count * ranked, repeating: -.infinity)
      places = SharedBuffer(count: count * ranked, repeating: -1)
    }
  }

  /// Nothing yet.
  init(models: Int, tokens: Int) {
    let ranked = models > 1 ? TokenScore.ranked : 0
    self.ranked = ranked
    self.models = (0..<models).map { _ in Sums(count: tokens, ranked: ranked) }
    self.tokens = tokens
  }

  /// Adds every model's logits of one token for a slice of the vocabulary: row `row` of [tokens, slice].
  func add(_ logits: [Matrix], row: Int, of token: Int, target: Int, slice: Range<Int>) {
    let base = (models[0].maximum[token], logits[0].maximum(row: row))
    let top = max(base.0, base.1.value)
    for model in models.indices.dropFirst() {
      let old = models[model].difference[token] * fade(base.0, top)
      models[model].difference[token] =
        old + logits[0].sumOfDifferences(row: row, logits[model], maximum: top)
    }
    for (model, sums) in models.enumerated() {
      let own = model == 0 ? base.1 : logits[model].maximum(row: row)
      let before = sums.maximum[token]
      let now = max(before, own.value)
      sums.sum[token] =
        sums.sum[token] * fade(before, now)
        + logits[model].sumOfExponentials(row: row, maximum: now)
      sums.maximum[token] = now
      if own.value > before || slice.lowerBound == 0 {
        sums.best[token] = slice.lowerBound + own.place
      }
      if ranked > 0 {
        logits[model].keepLargest(
          row: row, from: slice.lowerBound, in: token * ranked..<(token + 1) * ranked,
          sums.largest, sums.places)
      }
      if slice.contains(target) {
        sums.target[token] = logits[model][row, target - slice.lowerBound]
      }
    }
  }

  /// What the models say of each token, after the last slice.
  var scores: [[TokenScore]] {
    models.indices.map { model in
      (0..<tokens).map { token in
        var score = TokenScore()
        let own = logSum(model, token)
        score.negativeLogLikelihood = own - Double(models[model].target[token])
        score.best = models[model].best[token]
        score.bestProbability = exp(Double(models[model].maximum[token]) - own)
        if model > 0 {
          (score.sharedTop5, score.sharedTop10) = shared(model, token)
          score.divergence =
            models[model].difference[token] / models[0].sum[token] - logSum(0, token) + own
        }
        return score
      }
    }
  }

  /// How many of the reference's most likely tokens are among the model's.
  private func shared(_ model: Int, _ token: Int) -> (UInt8, UInt8) {
    guard ranked > 0 else { return (0, 0) }
    func count(_ limit: Int) -> UInt8 {
      var found: UInt8 = 0
      for rank in 0..<min(limit, ranked) {
        let place = models[0].places[token * ranked + rank]
        guard place >= 0 else { break }
        for other in 0..<min(limit, ranked)
        where models[model].places[token * ranked + other] == place {
          found += 1
        }
      }
      return found
    }
    return (count(5), count(10))
  }

  private func logSum(_ model: Int, _ token: Int) -> Double {
    Double(models[model].maximum[token]) + log(models[model].sum[token])
  }
}

/// What a sum by one maximum is multiplied with to be one by another; nothing fades from nothing.
private func fade(_ before: Float, _ now: Float) -> Double {
  before == now || before == -.infinity ? 1 : exp(Double(before) - Double(now))
}
