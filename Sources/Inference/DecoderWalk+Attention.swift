internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

extension DecoderWalk {
  /// Scores, weights and sums of every window and head.
  func attend(
    _ parts: AttentionParts, _ description: AttentionDescription, sinks: Matrix?,
    relative: [Matrix]? = nil, keysAt keyRanges: [Range<Int>]? = nil, into mixed: Matrix
  ) {
    let keyRanges = keyRanges ?? ranges
    let slopes = description.largestBias.map { alibiSlopes(heads: parts.heads, largest: $0) }
    let rules = (0..<parts.heads).map { head in
      var rule = AttentionRule(
        scale: description.scale, isCausal: description.isCausal,
        window: description.window)
      rule.softmax.softcap = description.softcap ?? 0
      if let slopes {
        rule.softmax.slope = slopes[head]
        if description.roundsBias {
          rule.softmax.rounded = description.biasFactor
        } else {
          rule.softmax.slope *= description.biasFactor
        }
      }
      rule.relative = relative?[head]
      if let sinks {
        rule.softmax.has_sink = 1
        rule.softmax.sink = sinks[0, head]
      }
      return rule
    }
    attend(parts, rules, space.tile, keyRanges, into: mixed)
  }

  /// One window's queries of one head.
  private struct AttentionJob: Sendable {
    let window: Int
    let head: Int
    let queries: Range<Int>
  }

  /// Queries, a block at a time, of every head of every window.
  private func attentionJobs(_ heads: Int, block: Int) -> [AttentionJob] {
    queryRanges.enumerated().flatMap { window, range in
      (0..<heads).flatMap { head in
        stride(from: 0, to: range.count, by: block).map { start in
          AttentionJob(
            window: window, head: head, queries: start..<min(start + block, range.count))
        }
      }
    }
  }

  /// By tiles: keys and values of a window are packed once for all of its queries.
  private func attend(
    _ parts: AttentionParts, _ rules: [AttentionRule], _ tile: Tile, _ keyRanges: [Range<Int>],
    into mixed: Matrix
  ) {
    let packed = PackedKeys(space.packed, keyRanges, parts, tile)
    let groups = parts.groups
    let (pool, profile, ranges) = (space.pool, space.profile, queryRanges)
    Workers.run(ranges.count * groups, on: workers, scratch: { 0 }) { (_, job) in
      var clock = WorkClock(profile)
      let (window, group) = (job / groups, job % groups)
      parts.key(group).rows(keyRanges[window]).pack(right: packed.keys(window, group))
      parts.value(group).rows(keyRanges[window]).pack(columns: packed.values(window, group))
      clock.lap(.attention)
    }
    let list = attentionJobs(parts.heads, block: DecoderWalk.tokensPerJob)
    Workers.run(list.count, on: workers, scratch: { pool.lease() }) { (lease, index) in
      var clock = WorkClock(profile)
      let job = list[index]
      let group = job.head / (parts.heads / groups)
      let rows = job.queries.shifted(by: ranges[job.window].lowerBound)
      let keys = packed.keys(job.window, group)
      let values = packed.values(job.window, group)
      let width = values.vectors
      mixed.rows(rows).columns(job.head * width..<(job.head + 1) * width).attend(
        parts.query(job.head).rows(rows), at: job.queries.lowerBound, keys: keys, values: values,
        rules[job.head],
        scratch: lease.scratch.floats(
          tile.attentionScratch(keys: keys.vectors, depth: keys.depth)))
      clock.lap(.attention)
    }
  }
}

extension Range<Int> {
  /// The range moved.
  fileprivate func shifted(by offset: Int) -> Range<Int> {
    lowerBound + offset..<upperBound + offset
  }
}
