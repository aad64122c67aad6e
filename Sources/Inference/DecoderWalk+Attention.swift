internal import Architectures
internal import ByteIO
internal import CKernels

extension DecoderWalk {
  /// Attention of every window over itself: [tokens, width] → [tokens, width].
  func attend(
    _ input: Matrix, _ weights: AttentionWeights, into output: Matrix
  ) throws(FormatError) {
    let description = weights.description
    let heads = description.heads
    let groups = description.keyValueHeads
    // [tokens, heads × keyWidth | groups × keyWidth | groups × valueWidth]
    let wide = matrix(space.wide, columns: weights.wideColumns)
    var pairs: [(weights: Linear, output: Matrix)] = []
    var column = 0
    for linear in weights.inputs {
      pairs.append((linear, wide.columns(column..<column + linear.outputs)))
      column += linear.outputs
    }
    try multiply(input, pairs)
    let keyStart = heads * description.keyWidth
    let valueStart = keyStart + groups * description.keyWidth
    let parts = AttentionParts(
      queries: wide.columns(0..<keyStart), keys: wide.columns(keyStart..<valueStart),
      values: wide.columns(valueStart..<wide.columns), heads: heads, groups: groups)
    if let limit = description.clamp {
      forRows(wide.rows) { wide.rows($0).scale(by: 1, limit: limit) }
    }
    prepare(parts, weights)
    let mixed = matrix(space.mixed, columns: weights.output.inputs)
    attend(parts, description, sinks: weights.sinks, into: mixed)
    try multiply(mixed, [(weights.output, output)])
  }

  /// Normalizes and rotates queries and keys.
  private func prepare(_ parts: AttentionParts, _ weights: AttentionWeights) {
    let description = weights.description
    let kind = decoder.description.normalization
    let table = description.rotary.map { self.table($0) }
    let positions = windows.flatMap { Array($0.indices) }
    guard table != nil || description.queryKeyNorm != nil else { return }
    forRows(tokenCount) { rows in
      for (all, heads, norm) in [
        (parts.queries, parts.heads, weights.queryNorm),
        (parts.keys, parts.groups, weights.keyNorm),
      ] {
        let tokens = all.rows(rows)
        if let norm, description.queryKeyNorm == .whole {
          tokens.normalize(tokens, kind, weight: norm.weight, bias: norm.bias)
        }
        for head in 0..<heads {
          let columns = head * description.keyWidth..<(head + 1) * description.keyWidth
          let part = tokens.columns(columns)
          if let norm, description.queryKeyNorm != .whole {
            let own = description.queryKeyNorm == .headWeights ? columns : 0..<description.keyWidth
            part.normalize(
              part, kind, weight: norm.weight?.columns(own), bias: norm.bias?.columns(own))
          }
          if let table {
            for row in rows {
              part.rotate(
                row: row - rows.lowerBound, cosine: table.cosine, sine: table.sine,
                position: positions[row], pairing: table.pairing)
            }
          }
        }
      }
    }
  }

  /// Scores, weights and sums: for each window, each head and each block of queries two GEMMs.
  func attend(
    _ parts: AttentionParts, _ description: AttentionDescription, sinks: Matrix?, into mixed: Matrix
  ) {
    let block = 128
    let isCausal = decoder.description.isCausal
    var jobs: [(window: Range<Int>, head: Int, queries: Range<Int>)] = []
    for range in ranges {
      for head in 0..<parts.heads {
        for start in stride(from: 0, to: range.count, by: block) {
          jobs.append((range, head, start..<min(start + block, range.count)))
        }
      }
    }
    let slopes = description.largestBias.map { alibiSlopes(heads: parts.heads, largest: $0) }
    let list = jobs
    let pool = space.pool
    Workers.run(list.count, on: workers, scratch: { pool.lease() }) { (lease, index) in
      let (window, head, queries) = list[index]
      let group = head / (parts.heads / parts.groups)
      let last = isCausal ? queries.upperBound : window.count
      let first = max(0, description.window.map { queries.lowerBound - $0 + 1 } ?? 0)
      let query = parts.queries.rows(queries.shifted(by: window.lowerBound))
        .columns(head * description.keyWidth..<(head + 1) * description.keyWidth)
      let keyRows = (first..<last).shifted(by: window.lowerBound)
      let keys = parts.keys.rows(keyRows)
        .columns(group * description.keyWidth..<(group + 1) * description.keyWidth)
      let values = parts.values.rows(keyRows)
        .columns(group * description.valueWidth..<(group + 1) * description.valueWidth)
      // [queries, keys]
      let scores = lease.scratch.matrix(rows: queries.count, columns: keyRows.count)
      scores.multiply(query, transposed: keys, scale: description.scale)
      var options = inference_softmax_options()
      options.softcap = description.softcap ?? 0
      options.slope = slopes?[head] ?? 0
      if let sinks {
        options.has_sink = 1
        options.sink = sinks[0, head]
      }
      for position in queries {
        let from = max(first, description.window.map { position - $0 + 1 } ?? 0)
        let to = isCausal ? position + 1 : last
        scores.softmax(
          row: position - queries.lowerBound, keys: (from - first)..<(to - first),
          query: position - first, options)
      }
      mixed.rows(queries.shifted(by: window.lowerBound))
        .columns(head * description.valueWidth..<(head + 1) * description.valueWidth)
        .multiply(scores, values)
    }
  }
}

/// Queries, keys and values of all tokens, each head's columns side by side.
struct AttentionParts: Sendable {
  let queries: Matrix
  let keys: Matrix
  let values: Matrix
  let heads: Int
  let groups: Int
}

extension Range<Int> {
  /// The range moved.
  fileprivate func shifted(by offset: Int) -> Range<Int> {
    lowerBound + offset..<upperBound + offset
  }
}
