internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// What one model says of one scored token.
package struct TokenScore: Hashable, Sendable {
  /// How many of the most likely tokens are compared.
  static let ranked = 10

  /// The negative logarithm of the next token's probability.
  package var negativeLogLikelihood = 0.0
  /// The token of the largest logit; the first of equal ones.
  package var best = 0
  /// Its probability.
  package var bestProbability = 0.0
  /// Σ p ln(p/q): the divergence of this model's q from the reference's p; zero for the reference.
  package var divergence = 0.0
  /// How many of the reference's five most likely tokens are among this model's five.
  package var sharedTop5: UInt8 = 0
  /// The same of ten.
  package var sharedTop10: UInt8 = 0
}

/// How the output heads are cut: rows of the vocabulary that are decoded at once, and tokens that one
/// worker multiplies with them, so that their logits stay in its cache.
struct HeadSlice: Hashable, Sendable {
  /// Tokens of a job.
  static let tokens = 48
  /// Rows of the vocabulary.
  let rows: Int
  /// Bytes that a worker needs for logits and packed states.
  let workerBytes: Int
  /// Bytes of the decoded slices of all heads.
  let sharedBytes: Int

  init(_ heads: [OutputHead]) {
    let width = max(1, heads.map(\.inputs).max() ?? 1)
    let step = Tile.common
    let rows = max(2 * step, min(4096, (1 << 20) / width) / step * step)
    self.rows = rows
    workerBytes = 4 * HeadSlice.tokens * (heads.count * rows + width)
    sharedBytes = heads.reduce(0) { $0 + 4 * rows * $1.inputs }
  }
}

/// Multiplies final states with the output heads a slice of the vocabulary at a time.
///
/// Logits of a slice are used at once and dropped: sums of exponentials run along with their
/// maximum. The divergence needs no second pass, because Σ p (ln p − ln q) = Σ p (r − q) − ln Σ eʳ +
/// ln Σ e^q for logits r and q, and each of the three sums runs along.
struct HeadScan: Sendable {
  private let heads: [OutputHead]
  private let workers: Int
  private let space: Workspace
  private let slice: HeadSlice
  private let panels: [SharedBuffer<Float>]

  /// The first head is that of the others' reference.
  init(_ heads: [OutputHead], workers: Int, _ space: Workspace) {
    self.heads = heads
    self.workers = workers
    self.space = space
    let slice = HeadSlice(heads)
    self.slice = slice
    panels = heads.map { SharedBuffer(uninitialized: slice.rows * $0.inputs) }
  }

  /// Scores of all tokens for each head; `states` are [tokens, width] for each, and `first` is the
  /// first token's place among all that are scored.
  func scores(
    _ states: [Matrix], targets: [Int32], from first: Int
  ) throws(FormatError) -> [[TokenScore]] {
    precondition(heads.count == states.count)
    let vocabulary = heads.map { $0.outputs }.min() ?? 0
    let sums = RunningSums(models: heads.count, tokens: targets.count)
    for start in stride(from: 0, to: vocabulary, by: slice.rows) {
      let rows = start..<min(start + slice.rows, vocabulary)
      try decode(rows)
      try add(rows, states, targets, sums, from: first)
    }
    return sums.scores
  }

  /// Decodes a slice of every head.
  private func decode(_ rows: Range<Int>) throws(FormatError) {
    let heads = heads.enumerated().compactMap { index, head in
      head.linear.map { ($0, panels[index]) }
    }
    let step = Tile.common
    let jobs = (rows.count + step - 1) / step
    let (pool, profile, tile) = (space.pool, space.profile, space.tile)
    try Workers.run(jobs * heads.count, on: workers, scratch: { pool.lease() }) {
      (lease, job) throws(FormatError) in
      var clock = WorkClock(profile, as: .head)
      let (head, panel) = heads[job / jobs]
      let part = (job % jobs) * step..<min(rows.count, (job % jobs + 1) * step)
      let from = rows.lowerBound + part.lowerBound..<rows.lowerBound + part.upperBound
      let all = PackedMatrix(panel, vectors: rows.count, depth: head.inputs, tile: tile.columns)
      try lease.scratch.fill(all.part(part), head, from, tile, &clock)
      clock.lap(.head)
    }
  }

  /// Multiplies a slice with all tokens and adds it to the running sums.
  private func add(
    _ rows: Range<Int>, _ states: [Matrix], _ targets: [Int32], _ sums: RunningSums,
    from first: Int
  ) throws(FormatError) {
    let block = HeadSlice.tokens
    let (pool, profile) = (space.pool, space.profile)
    try Workers.run((targets.count + block - 1) / block, on: workers, scratch: { pool.lease() }) {
      (lease, job) throws(FormatError) in
      var clock = WorkClock(profile)
      let tokens = job * block..<min(targets.count, (job + 1) * block)
      let logits = try self.logits(
        rows, states.map { $0.rows(tokens) }, lease.scratch, from: first + tokens.lowerBound)
      for token in tokens {
        sums.add(
          logits, row: token - tokens.lowerBound, of: token, target: Int(targets[token]),
          slice: rows)
      }
      let width = states.reduce(0) { $0 + $1.columns }
      clock.lap(.head, operations: 2 * tokens.count * rows.count * width)
    }
  }

  /// Every model's logits of some tokens for a slice of the vocabulary, [tokens, slice].
  private func logits(
    _ rows: Range<Int>, _ states: [Matrix], _ scratch: PanelScratch, from first: Int
  ) throws(FormatError) -> [Matrix] {
    let tokens = states.first?.rows ?? 0
    let all = scratch.matrix(rows: states.count * tokens, columns: rows.count)
    var result: [Matrix] = []
    for (model, input) in states.enumerated() {
      let logits = all.rows(model * tokens..<(model + 1) * tokens)
      result.append(logits)
      let linear: Linear
      let finish: DecoderDescription.Head
      switch heads[model] {
      case .weights(let head, let description): (linear, finish) = (head, description)
      case .table(let table, _):
        try logits.read(table, from: first, columns: rows)
        continue
      }
      let bias = linear.bias?.columns(rows)
      let tile = space.tile
      let left = PackedMatrix(
        scratch.packedFloats(tile.leftCount(rows: tokens, depth: input.columns)),
        vectors: tokens, depth: input.columns, tile: tile.rows)
      input.pack(left: left)
      let right = PackedMatrix(
        panels[model], vectors: rows.count, depth: input.columns, tile: tile.columns)
      logits.multiply(left, right, bias: bias)
      finish.finish(logits)
    }
    return result
  }
}

extension DecoderDescription.Head {
  /// Scales and caps logits.
  func finish(_ logits: Matrix) {
    if scale != 1 { logits.scale(by: scale) }
    if let softcap { logits.softcap(softcap) }
  }
}
