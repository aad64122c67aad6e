internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// How the keys that a query sees are chosen (DeepSeek 3.2's "lightning indexer").
struct KeySelectionDescription: Hashable, Sendable {
  /// Heads of the indexer.
  var heads: Int
  /// Elements of its queries and keys.
  var width: Int
  /// Keys that a query sees at most.
  var count: Int
  /// Which elements of its queries and keys rotary positions pair.
  var pairing: DecoderTraits.Pairing
  /// Whether the layer has no indexer and sees the keys that an earlier layer has chosen.
  var isShared: Bool

  /// Whether there are more keys than a query may see.
  func isNeeded(on walk: DecoderWalk) -> Bool {
    walk.windows.contains { $0.count > count }
  }
}

/// Scores keys by a small attention of its own: Σ over heads of weight × max(0, q·k).
///
/// As src/models/deepseek32.cpp of llama.cpp and `DeepseekV32Indexer` of transformers.
struct KeySelector: Sendable {
  let description: KeySelectionDescription
  /// The vector that queries come from to the indexer's queries.
  let query: Linear
  /// Hidden state to the indexer's key.
  let key: Linear
  /// Hidden state to the weight of each head.
  let weight: Linear
  let keyNorm: NormWeights

  /// Nil where the layer sees the keys that an earlier layer has chosen.
  init?(_ description: KeySelectionDescription, _ site: LayerSite) throws(InferenceError) {
    guard !description.isShared else { return nil }
    self.description = description
    let (heads, width) = (description.heads, description.width)
    let rank = try describing { () throws(ModelError) in
      try site.facts.count("attention.q_lora_rank")
    }
    query = try site.linear("indexer.attn_q_b.weight", outputs: heads * width, inputs: rank)
    key = try site.linear("indexer.attn_k.weight", outputs: width, inputs: site.width)
    weight = try site.linear("indexer.proj.weight", outputs: heads, inputs: site.width)
    keyNorm = NormWeights(
      weight: try site.required("indexer.k_norm.weight", length: width),
      bias: try site.vector("indexer.k_norm.bias", length: width),
      kind: DecoderDescription.Normalization(kind: .layer, epsilon: 1e-6))
  }

  var linears: [Linear] { [query, key, weight] }

  /// Columns of the workspace that it needs.
  var columns: Int { query.outputs + key.outputs + weight.outputs }

  /// Whether there are more keys than a query may see.
  func isNeeded(on walk: DecoderWalk) -> Bool { description.isNeeded(on: walk) }

  /// Chooses the keys of every token; `small` are the vectors that queries come from.
  func choose(
    _ input: Matrix, _ small: Matrix, _ space: Matrix, _ rotary: Rotary?, on walk: DecoderWalk
  ) throws(FormatError) {
    let (heads, width) = (description.heads, description.width)
    let queries = space.columns(0..<heads * width)
    let keys = space.columns(heads * width..<(heads + 1) * width)
    let weights = space.columns((heads + 1) * width..<space.columns)
    try walk.multiply(small, [(query, queries)])
    try walk.multiply(input, [(key, keys), (weight, weights)])
    walk.normalize(keys, keyNorm, into: keys)
    rotate(queries, keys, rotary, on: walk)
    // Divided by both roots at once, as in llama.cpp.
    let factor = 1 / Float(heads * width).squareRoot()
    let (pool, ranges) = (walk.space.pool, walk.ranges)
    let chosen = walk.chooseKeys(description.count)
    let jobs = Self.jobs(ranges)
    Workers.run(jobs.count, on: walk.workers, scratch: { pool.lease() }) { (lease, index) in
      let (range, block) = (ranges[jobs[index].window], jobs[index].queries)
      let last = block.upperBound
      let both = lease.scratch.matrix(rows: 2 * block.count, columns: last)
      let (sums, scores) = (both.rows(0..<block.count), both.rows(block.count..<2 * block.count))
      sums.clear()
      let rows = range.lowerBound + block.lowerBound..<range.lowerBound + last
      for head in 0..<heads {
        scores.multiply(
          queries.rows(rows).columns(head * width..<(head + 1) * width),
          transposed: keys.rows(range.lowerBound..<range.lowerBound + last), scale: factor)
        for row in 0..<block.count {
          let scores = scores.rows(row..<row + 1)
          scores.activate(.relu, times: nil)
          sums.rows(row..<row + 1).add(scores, scale: weights[rows.lowerBound + row, head])
        }
      }
      for (row, position) in block.enumerated() {
        chosen.choose(
          sums.rows(row..<row + 1), of: position + 1, token: range.lowerBound + position)
      }
    }
  }

  private func rotate(
    _ queries: Matrix, _ keys: Matrix, _ rotary: Rotary?, on walk: DecoderWalk
  ) {
    guard var rotary else { return }
    rotary.pairing = description.pairing
    let tables = walk.tables(rotary)
    let (positions, windows) = (walk.positions, walk.windowOfToken)
    walk.forRows(walk.tokenCount) { rows in
      for row in rows {
        let (table, position) = (tables[windows[row]], positions[row])
        keys.rotate(row: row, table, position: position)
        queries.rotate(row: row, heads: description.heads, table, position: position)
      }
    }
  }

  /// Stretches of queries of every window.
  static func jobs(_ ranges: [Range<Int>]) -> [(window: Int, queries: Range<Int>)] {
    ranges.enumerated().flatMap { window, range in
      stride(from: 0, to: range.count, by: DecoderWalk.tokensPerJob).map { start in
        (window, start..<min(start + DecoderWalk.tokensPerJob, range.count))
      }
    }
  }
}

/// The keys that each token of a batch sees, in their order.
struct ChosenKeys: Sendable {
  private let buffer: SharedBuffer<Int32>
  /// Keys of a token at most.
  let count: Int

  /// Room for the keys of some tokens.
  init(tokens: Int, count: Int) {
    buffer = SharedBuffer(uninitialized: tokens * count)
    self.count = count
  }

  /// Chooses the keys with the best of the first scores; of equal ones the first.
  func choose(_ scores: Matrix, of keys: Int, token: Int) {
    guard keys > count else { return }
    let order = (0..<keys).sorted {
      scores[0, $0] > scores[0, $1] || (scores[0, $0] == scores[0, $1] && $0 < $1)
    }
    for (place, key) in order.prefix(count).sorted().enumerated() {
      buffer[token * count + place] = Int32(key)
    }
  }

  /// Takes the scores of all keys that a token does not see out of the choice.
  func restrict(_ scores: Matrix, of keys: Int, token: Int) {
    guard keys > count else { return }
    var place = token * count
    let end = place + count
    for key in 0..<keys {
      if place < end, buffer[place] == Int32(key) {
        place += 1
      } else {
        // As far below any score as to weigh nothing.
        scores[0, key] = -1e30
      }
    }
  }
}

extension DecoderWalk {
  /// Attention of every head over the keys that are chosen.
  func attend(_ parts: AttentionParts, scale: Float, into mixed: Matrix) throws(FormatError) {
    guard let chosen = chosenKeys else {
      throw FormatError(
        .invalidValue, "a layer that sees the keys of an earlier one was reached without that one",
        in: "the model")
    }
    let (pool, profile, ranges) = (space.pool, space.profile, ranges)
    let jobs = KeySelector.jobs(ranges)
    let heads = parts.heads
    Workers.run(jobs.count * heads, on: workers, scratch: { pool.lease() }) { (lease, index) in
      var clock = WorkClock(profile)
      let (job, head) = (jobs[index / heads], index % heads)
      let (range, block) = (ranges[job.window], job.queries)
      let rows = range.lowerBound + block.lowerBound..<range.lowerBound + block.upperBound
      let keys = range.lowerBound..<rows.upperBound
      let group = head / (heads / parts.groups)
      let scores = lease.scratch.matrix(rows: block.count, columns: keys.count)
      scores.multiply(
        parts.query(head).rows(rows), transposed: parts.key(group).rows(keys), scale: scale)
      for (row, position) in block.enumerated() {
        chosen.restrict(
          scores.rows(row..<row + 1), of: position + 1, token: range.lowerBound + position)
        scores.softmax(
          row: row, keys: 0..<position + 1, query: position, inference_softmax_options())
      }
      let values = parts.value(group).rows(keys)
      mixed.rows(rows).columns(head * values.columns..<(head + 1) * values.columns)
        .multiply(scores, values)
      clock.lap(.attention)
    }
  }
}

extension KeySelectionDescription {
  /// Reads the metadata; nil where a query sees all keys before it.
  init?(_ site: LayerSite) throws(InferenceError) {
    let facts = site.facts
    let sizes = try describing { () throws(ModelError) -> (heads: Int, width: Int, count: Int)? in
      guard let count = try facts.optionalCount("attention.indexer.top_k") else { return nil }
      return (
        try facts.count("attention.indexer.head_count"),
        try facts.count("attention.indexer.key_length"), count
      )
    }
    guard let sizes else { return nil }
    self.init(
      heads: sizes.heads, width: sizes.width, count: sizes.count,
      pairing: site.traits.selectorPairing, isShared: !site.has("indexer.attn_k.weight"))
  }
}
