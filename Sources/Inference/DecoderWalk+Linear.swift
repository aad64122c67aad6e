internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Where a product goes: it takes the target's place, or is added to it.
struct Destination: Sendable {
  let matrix: Matrix
  var adds = false
  var scale: Float = 1

  /// The same place, to which products are added.
  var adding: Destination { Destination(matrix: matrix, adds: true, scale: scale) }

  /// What a norm or another step needs by itself.
  static func put(_ matrix: Matrix) -> Destination { Destination(matrix: matrix) }
}

extension DecoderWalk {
  /// Tokens that one job of an elementwise operation takes: a multiple of every tile's rows.
  static let tokensPerJob = 48

  /// One panel of rows of one of several matrices.
  struct PanelJob: Sendable {
    let pair: Int
    let rows: Range<Int>
  }

  /// output = input × weightsᵀ + bias for each pair; all panels of all pairs are one list of jobs.
  ///
  /// A panel is decoded by the worker that multiplies with it, so that one worker decodes while
  /// another multiplies, and no decoded weight is kept.
  func multiply(
    _ input: Matrix, _ pairs: [(weights: Linear, output: Matrix)]
  ) throws(FormatError) {
    try multiply(input, pairs.map { ($0.weights, .put($0.output)) })
  }

  /// The same, with products that are added.
  func multiply(
    _ input: Matrix, _ pairs: [(weights: Linear, output: Destination)]
  ) throws(FormatError) {
    observer?.observe(input, pairs.map(\.weights), workers: workers)
    for pair in pairs {
      precondition(pair.output.matrix.rows == input.rows)
      precondition(pair.output.matrix.columns == pair.weights.outputs)
    }
    let jobs = panels(pairs.map(\.weights))
    let tile = space.tile
    let left = pack(input, tile)
    let (pool, profile) = (space.pool, space.profile)
    try Workers.run(jobs.count, on: workers, scratch: { pool.lease() }) {
      (lease, index) throws(FormatError) in
      let (weights, output) = pairs[jobs[index].pair]
      let rows = jobs[index].rows
      var clock = WorkClock(profile)
      let panel = try lease.scratch.panel(weights, rows, tile, &clock)
      output.matrix.columns(rows).multiply(
        left, panel, bias: weights.bias?.columns(rows), scale: output.scale, adds: output.adds)
      clock.lap(.products, operations: 2 * input.rows * rows.count * weights.inputs)
    }
  }

  /// Cuts matrices into panels: small enough for a cache, and enough of them for all workers.
  private func panels(_ weights: [Linear]) -> [PanelJob] {
    let all = weights.reduce(0) { $0 + $1.outputs }
    let fair = (all / (4 * workers)).roundedUp(to: Linear.panelStep)
    var jobs: [PanelJob] = []
    for (index, linear) in weights.enumerated() {
      let size = min(linear.panelRows, max(Linear.panelStep, fair))
      for start in stride(from: 0, to: linear.outputs, by: size) {
        jobs.append(PanelJob(pair: index, rows: start..<min(start + size, linear.outputs)))
      }
    }
    return jobs
  }

  /// Puts a matrix into the order of a left matrix, for all panels at once.
  func pack(_ input: Matrix, _ tile: Tile) -> PackedMatrix {
    let packed = PackedMatrix(
      space.packed, vectors: input.rows, depth: input.columns, tile: tile.rows)
    forRows(input.rows) { input.rows($0).pack(left: packed.part($0)) }
    return packed
  }

  /// Runs something for stretches of rows.
  func forRows(_ count: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let size = DecoderWalk.tokensPerJob
    let profile = space.profile
    Workers.run((count + size - 1) / size, on: workers, scratch: { 0 }) { (_, job) in
      var clock = WorkClock(profile)
      body(job * size..<min(count, (job + 1) * size))
      clock.lap(.rest)
    }
  }

  /// Normalizes every row.
  func normalize(_ input: Matrix, _ norm: NormWeights, into output: Matrix) {
    forRows(input.rows) { rows in output.rows(rows).normalize(input.rows(rows), norm) }
  }

  /// Adds `branch` × `scale` to `target`.
  func add(_ branch: Matrix, to target: Matrix, scale: Float) {
    forRows(target.rows) { rows in target.rows(rows).add(branch.rows(rows), scale: scale) }
  }
}
