internal import Architectures
internal import ByteIO
internal import ModelIR

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What one model says of one scored token.
struct TokenScore {
  /// The negative logarithm of the next token's probability.
  var negativeLogLikelihood = 0.0
  /// The token of the largest logit; the first of equal ones.
  var best = 0
  /// Σ p ln(p/q): the divergence of this model's q from the reference's p; zero for the reference.
  var divergence = 0.0
}

/// Multiplies final states with the output heads a slice of the vocabulary at a time.
///
/// Logits of a slice are used at once and dropped: sums of exponentials run along with their
/// maximum. The divergence needs no second pass, because Σ p (ln p − ln q) = Σ p (r − q) − ln Σ eʳ +
/// ln Σ e^q for logits r and q, and each of the three sums runs along.
final class HeadScan {
  private let decoders: [Decoder]
  private let workers: Int
  private let pool: ScratchPool
  /// Tokens that one job takes.
  private let block = 128
  /// Rows of the vocabulary that are decoded at once.
  private let sliceRows: Int

  /// The first decoder is the reference of the others.
  init(_ decoders: [Decoder], workers: Int, pool: ScratchPool) {
    self.decoders = decoders
    self.workers = workers
    self.pool = pool
    let width = decoders.map { $0.description.width }.max() ?? 1
    sliceRows = max(256, min(4096, (1 << 22) / width / 256 * 256))
  }

  /// Running sums of one model over the vocabulary, an element a token.
  private struct Sums: Sendable {
    let maximum: SharedBuffer<Float>
    let sum: SharedBuffer<Double>
    let target: SharedBuffer<Float>
    let best: SharedBuffer<Int>
    /// Σ exp(r − maximum of r) × (r − q), by the reference's maximum.
    let difference: SharedBuffer<Double>

    init(count: Int) {
      maximum = SharedBuffer(count: count, repeating: -.infinity)
      sum = SharedBuffer(count: count, repeating: 0)
      target = SharedBuffer(count: count, repeating: 0)
      best = SharedBuffer(count: count, repeating: 0)
      difference = SharedBuffer(count: count, repeating: 0)
    }
  }

  /// Scores of all tokens for each decoder; `states` are [tokens, width] for each decoder.
  func scores(_ states: [Matrix], targets: [Int32]) throws(FormatError) -> [[TokenScore]] {
    let heads = decoders.compactMap { $0.head }
    precondition(heads.count == decoders.count)
    let vocabulary = heads.map { $0.outputs }.min() ?? 0
    let sums = decoders.map { _ in Sums(count: targets.count) }
    let panels = heads.map { Matrix(rows: min(sliceRows, vocabulary), columns: $0.inputs) }
    for start in stride(from: 0, to: vocabulary, by: sliceRows) {
      let slice = start..<min(start + sliceRows, vocabulary)
      try decode(slice, heads, into: panels)
      add(slice, panels, states, targets, sums)
    }
    return finish(sums, count: targets.count)
  }

  /// Decodes a slice of every head.
  private func decode(
    _ slice: Range<Int>, _ heads: [Linear], into panels: [Matrix]
  ) throws(FormatError) {
    let step = 256
    let jobs = (slice.count + step - 1) / step
    try Workers.run(jobs * heads.count, on: workers, scratch: { [pool] in pool.lease() }) {
      (lease, job) throws(FormatError) in
      let head = heads[job / jobs]
      let rows = (job % jobs) * step..<min(slice.count, (job % jobs + 1) * step)
      let first = slice.lowerBound + rows.lowerBound
      try panels[job / jobs].rows(rows)
        .decode(head.source, rows: first..<first + rows.count, &lease.scratch.bytes)
    }
  }

  /// Multiplies a slice with all tokens and adds it to the running sums.
  private func add(
    _ slice: Range<Int>, _ panels: [Matrix], _ states: [Matrix], _ targets: [Int32], _ sums: [Sums]
  ) {
    let jobs = (targets.count + block - 1) / block
    let block = block
    let heads = decoders.map { ($0.head?.bias, $0.description.head) }
    let models = decoders.count
    Workers.run(jobs, on: workers, scratch: { [pool] in pool.lease() }) { (lease, job) in
      let tokens = job * block..<min(targets.count, (job + 1) * block)
      let all = lease.scratch.matrix(rows: models * tokens.count, columns: slice.count)
      let logits = (0..<models).map { all.rows($0 * tokens.count..<($0 + 1) * tokens.count) }
      for model in 0..<models {
        logits[model].multiply(
          states[model].rows(tokens), transposed: panels[model].rows(0..<slice.count))
        if let bias = heads[model].0 { logits[model].add(bias.columns(slice)) }
        heads[model].1.finish(logits[model])
      }
      for token in tokens {
        let row = token - tokens.lowerBound
        let target = Int(targets[token])
        let maxima = (sums[0].maximum[token], logits[0].maximum(row: row))
        let next = max(maxima.0, maxima.1.value)
        for model in 1..<max(1, models) {
          let old = sums[model].difference[token] * fade(maxima.0, next)
          sums[model].difference[token] =
            old + logits[0].sumOfDifferences(row: row, logits[model], maximum: next)
        }
        for model in 0..<models {
          let own = model == 0 ? maxima.1 : logits[model].maximum(row: row)
          let before = sums[model].maximum[token]
          let now = max(before, own.value)
          sums[model].sum[token] =
            sums[model].sum[token] * fade(before, now)
            + logits[model].sumOfExponentials(row: row, maximum: now)
          sums[model].maximum[token] = now
          if own.value > before || slice.lowerBound == 0 {
            sums[model].best[token] = slice.lowerBound + own.place
          }
          if slice.contains(target) {
            sums[model].target[token] = logits[model][row, target - slice.lowerBound]
          }
        }
      }
    }
  }

  private func finish(_ sums: [Sums], count: Int) -> [[TokenScore]] {
    func logSum(_ model: Int, _ token: Int) -> Double {
      Double(sums[model].maximum[token]) + log(sums[model].sum[token])
    }
    return sums.indices.map { model in
      (0..<count).map { token in
        var score = TokenScore()
        let own = logSum(model, token)
        score.negativeLogLikelihood = own - Double(sums[model].target[token])
        score.best = sums[model].best[token]
        if model > 0 {
          score.divergence =
            sums[model].difference[token] / sums[0].sum[token] - logSum(0, token) + own
        }
        return score
      }
    }
  }
}

/// What a sum by one maximum is multiplied with to be one by another; nothing fades from nothing.
private func fade(_ before: Float, _ now: Float) -> Double {
  before == now || before == -.infinity ? 1 : exp(Double(before) - Double(now))
}

extension DecoderDescription.Head {
  /// Scales and caps logits.
  func finish(_ logits: Matrix) {
    if scale != 1 { logits.scale(by: scale) }
    if let softcap { logits.softcap(softcap) }
  }
}
