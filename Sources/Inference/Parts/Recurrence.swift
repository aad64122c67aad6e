internal import CWeighbridgeKernels
internal import WeighbridgeByteIO

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

  /// Queries and keys are [tokens, groups × depth], values and output [tokens, heads × width], decays
  /// and strengths [tokens, heads].
  func run(
    queries: Matrix, keys: Matrix, values: Matrix, decays: Matrix, strengths: Matrix,
    on walk: DecoderWalk, into output: Matrix
  ) {
    let depth = keys.columns / groups
    let width = values.columns / heads
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
        decays: decays.rows(window).columns(head..<head + 1),
        strengths: strengths.rows(window).columns(head..<head + 1),
        state: lease.scratch.floats((depth + 1) * width))
      clock.lap(.attention)
    }
  }
}
