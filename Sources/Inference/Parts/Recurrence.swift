internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// A recurrence over the tokens of each window, for many heads that share keys and queries.
struct Recurrence: Sendable {
  /// Value heads.
  let heads: Int
  /// Key and query heads.
  let groups: Int
  /// Whether neighbouring value heads share a key head; else every `groups`-th does.
  let isGrouped: Bool
  /// Whether what the state holds for a key is taken from the value first.
  let isDelta: Bool
  /// Factor of the queries.
  let scale: Float

  /// The key head of a value head.
  func group(_ head: Int) -> Int { isGrouped ? head / (heads / groups) : head % groups }

  /// Queries and keys are [tokens, groups × depth], values and output [tokens, heads × width], strengths
  /// [tokens, heads]; decays are [tokens, heads], or [tokens, heads × depth] where each element of a key
  /// has its own.
  func run(
    queries: Matrix, keys: Matrix, values: Matrix, decays: Matrix, strengths: Matrix,
    on walk: DecoderWalk, into output: Matrix
  ) {
    let depth = keys.columns / groups
    let width = values.columns / heads
    let kept = decays.columns / heads
    let (ranges, pool, profile) = (walk.ranges, walk.space.pool, walk.space.profile)
    Workers.run(ranges.count * heads, on: walk.workers, scratch: { pool.lease() }) {
      (lease, job) in
      var clock = WorkClock(profile)
      let (window, head) = (ranges[job / heads], job % heads)
      let shared = group(head)
      output.rows(window).columns(head * width..<(head + 1) * width).recur(
        self, queries: queries.rows(window).columns(shared * depth..<(shared + 1) * depth),
        keys: keys.rows(window).columns(shared * depth..<(shared + 1) * depth),
        values: values.rows(window).columns(head * width..<(head + 1) * width),
        decays: decays.rows(window).columns(head * kept..<(head + 1) * kept),
        strengths: strengths.rows(window).columns(head..<head + 1),
        state: lease.scratch.floats((depth + 1) * width))
      clock.lap(.attention)
    }
  }
}

/// What makes time steps of a projection's output: a bias, bounds, and how fast a state falls.
struct TimeSteps: Sendable {
  /// Added before the softplus, [1, columns].
  let biases: Matrix
  /// Negative; [1, columns / share].
  let rates: Matrix
  /// Columns of one rate.
  var share = 1
  /// Bounds of the steps.
  var low: Float = 0
  var high: Float = .infinity

  /// Raw values become steps; `decays` becomes how much of the state is kept over each.
  func read(_ steps: Matrix, decays: Matrix) {
    precondition(steps.rows == decays.rows && steps.columns == decays.columns)
    precondition(biases.columns == steps.columns && rates.columns * share == steps.columns)
    guard steps.columns > 0 else { return }
    for row in 0..<steps.rows {
      unsafe inference_time_steps(
        steps.pointer(row: row), decays.pointer(row: row), biases.pointer(row: 0),
        rates.pointer(row: 0), steps.columns, share, low, high)
    }
  }
}

extension LayerSite {
  /// Tokens that a mixer's convolution spans.
  func taps() throws(ModelError) -> Int {
    let taps = try facts.count("ssm.conv_kernel")
    guard taps <= 1 << 12 else {
      throw ModelError(
        .invalidMetadata, facts.key("ssm.conv_kernel"),
        "a convolution over \(taps) tokens is more than the 4096 that are expected at most")
    }
    return taps
  }
}
