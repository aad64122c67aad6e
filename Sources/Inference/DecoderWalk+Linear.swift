internal import Architectures
internal import ByteIO
internal import ModelIR

extension DecoderWalk {
  /// Tokens that one job of an elementwise operation takes.
  static let tokensPerJob = 32

  /// output = input × weightsᵀ + bias for each pair; all panels of all pairs are one list of jobs.
  ///
  /// A panel is decoded by the worker that multiplies with it, so that one worker decodes while
  /// another multiplies, and no decoded weight is kept.
  func multiply(
    _ input: Matrix, _ pairs: [(weights: Linear, output: Matrix)]
  ) throws(FormatError) {
    squares?.add(input, pairs.map(\.weights), workers: workers)
    var jobs: [(pair: Int, rows: Range<Int>)] = []
    for (index, pair) in pairs.enumerated() {
      precondition(pair.output.rows == input.rows && pair.output.columns == pair.weights.outputs)
      var start = 0
      while start < pair.weights.outputs {
        let end = min(start + pair.weights.panelRows, pair.weights.outputs)
        jobs.append((index, start..<end))
        start = end
      }
    }
    let pool = space.pool
    let list = jobs
    try Workers.run(list.count, on: workers, scratch: { pool.lease() }) {
      (lease, index) throws(FormatError) in
      let (weights, output) = pairs[list[index].pair]
      let rows = list[index].rows
      let panel = lease.scratch.matrix(rows: rows.count, columns: weights.inputs)
      let first = weights.first + rows.lowerBound
      try panel.decode(weights.source, rows: first..<first + rows.count, &lease.scratch.bytes)
      let target = output.columns(rows)
      target.multiply(input, transposed: panel)
      if let bias = weights.bias { target.add(bias.columns(rows)) }
    }
  }

  /// Runs something for stretches of rows.
  func forRows(_ count: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let size = DecoderWalk.tokensPerJob
    Workers.run((count + size - 1) / size, on: workers, scratch: { 0 }) { (_, job) in
      body(job * size..<min(count, (job + 1) * size))
    }
  }

  /// Normalizes every row.
  func normalize(_ input: Matrix, _ norm: NormWeights, into output: Matrix) {
    let kind = decoder.description.normalization
    forRows(input.rows) { rows in
      output.rows(rows).normalize(input.rows(rows), kind, weight: norm.weight, bias: norm.bias)
    }
  }

  /// Adds `branch` × `scale` to `target`.
  func add(_ branch: Matrix, to target: Matrix, scale: Float) {
    forRows(target.rows) { rows in target.rows(rows).add(branch.rows(rows), scale: scale) }
  }
}
