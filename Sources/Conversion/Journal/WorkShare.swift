internal import WeighbridgeModelIR

/// What one of several processes does of an output that they write together.
package struct WorkShare: Hashable, Sendable {
  /// From 0.
  package let index: Int
  package let count: Int

  /// So many shares are enough for anybody, and few enough to look for.
  package static let limit = 65_536
  /// Two clients of a network file system must never write one page: what begins within a mebibyte that
  /// the share before has begun is left to `join`.
  private static let granule: UInt64 = 1 << 20

  /// Share `index`, from 0, of `count`; nil where there is none.
  package init?(index: Int, count: Int) {
    guard (1...Self.limit).contains(count), (0..<count).contains(index) else { return nil }
    (self.index, self.count) = (index, count)
  }

  /// `2/7`, as it is typed: from 1.
  package var name: String { "\(index + 1)/\(count)" }

  /// The journal of the share, beside the output.
  package func journal(of output: String) -> String {
    "\(output).part-\(index + 1)-of-\(count)"
  }

  /// The jobs of the share: as much work as the others have, by the plan alone.
  func range(
    of jobs: [StreamingExecutor.Job], _ model: Model, _ offsets: [UInt64]
  ) -> Range<Int> {
    var ends: [Double] = []
    for job in jobs {
      let cost = model.tensors[job.tensor].payload.cost
      // A search takes about as long as reading eight times as much.
      let weight = Double(cost.bytesPerRow) * (cost.isSearch ? 8 : 1)
      ends.append((ends.last ?? 0) + weight * Double(job.rows.count))
    }
    let whole = ends.last ?? 0
    func border(_ share: Int) -> Int {
      let limit = whole * Double(share) / Double(count)
      return ends.firstIndex { $0 > limit } ?? ends.count
    }
    let (start, end) = (border(index), index + 1 == count ? jobs.count : border(index + 1))
    guard start > 0, start < end else { return start..<max(start, end) }
    func extent(_ index: Int) -> Range<UInt64> {
      let (tensor, rows) = (jobs[index].tensor, jobs[index].rows)
      let bytes = UInt64(model.tensors[tensor].layout.bytesPerRow)
      return offsets[tensor] + UInt64(rows.lowerBound) * bytes..<offsets[tensor] + UInt64(
        rows.upperBound) * bytes
    }
    let limit = (extent(start - 1).upperBound + Self.granule - 1) / Self.granule * Self.granule
    return ((start..<end).first { extent($0).lowerBound >= limit } ?? end)..<end
  }
}
