/// An order of rows: one grid of source rows after another.
///
/// Rows are the units of all but the last dimension; for a tensor of one dimension, its elements.
package struct RowArrangement: Hashable, Sendable {
  /// Rows seen as a grid whose axes are cut and reordered.
  package struct Grid: Hashable, Sendable {
    /// The axes' lengths, outermost first; their product is the number of the source's rows.
    package let extents: [Int]
    /// The part of each axis that is kept.
    package let ranges: [Range<Int>]
    /// The axes in their new order.
    package let order: [Int]

    /// Describes a grid; everything is kept, in its order, where nothing else is said.
    package init(_ extents: [Int], ranges: [Range<Int>]? = nil, order: [Int]? = nil) {
      self.extents = extents
      self.ranges = ranges ?? extents.map { 0..<max(0, $0) }
      self.order = order ?? Array(extents.indices)
    }

    /// The number of rows that are kept.
    package var count: Int { ranges.reduce(1) { $0 * $1.count } }

    /// Whether it is a grid of `rows` rows.
    func covers(_ rows: Int) -> Bool {
      var product = 1
      for extent in extents {
        let (next, overflow) = product.multipliedReportingOverflow(by: extent)
        guard extent > 0, !overflow else { return false }
        product = next
      }
      return product == rows && ranges.count == extents.count
        && zip(ranges, extents).allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= $1 }
        && order.sorted() == Array(extents.indices)
    }

    /// Adds the source rows of some of the kept ones.
    func append(_ rows: Range<Int>, to sources: inout [Int]) {
      var strides = [Int](repeating: 1, count: extents.count)
      for axis in extents.indices.dropLast().reversed() {
        strides[axis] = strides[axis + 1] * extents[axis + 1]
      }
      let lengths = order.map { ranges[$0].count }
      let steps = order.map { strides[$0] }
      let base = zip(ranges, strides).reduce(0) { $0 + $1.0.lowerBound * $1.1 }
      for row in rows {
        var rest = row
        var source = base
        for axis in lengths.indices.reversed() {
          source += rest % lengths[axis] * steps[axis]
          rest /= lengths[axis]
        }
        sources.append(source)
      }
    }
  }

  /// Grids of the same source, whose rows follow one another.
  package let grids: [Grid]
  /// The shape of the outer dimensions afterwards; by default that of the source, where as many rows
  /// are kept, else one dimension.
  package let shape: [Int]?

  /// One grid.
  package init(
    grid: [Int], ranges: [Range<Int>]? = nil, order: [Int]? = nil, shape: [Int]? = nil
  ) {
    self.init([Grid(grid, ranges: ranges, order: order)], shape: shape)
  }

  /// Several grids.
  package init(_ grids: [Grid], shape: [Int]? = nil) {
    self.grids = grids
    self.shape = shape
  }

  /// The number of rows that are kept.
  package var count: Int { grids.reduce(0) { $0 + $1.count } }

  /// Whether every grid is one of a source with `rows` rows.
  package func covers(_ rows: Int) -> Bool { grids.allSatisfy { $0.covers(rows) } }

  /// The source row of each row in `rows`.
  package func sources(of rows: Range<Int>) -> [Int] {
    var sources: [Int] = []
    sources.reserveCapacity(rows.count)
    var first = 0
    for grid in grids {
      let count = grid.count
      let part = rows.clamped(to: first..<first + count)
      if !part.isEmpty {
        grid.append(part.lowerBound - first..<part.upperBound - first, to: &sources)
      }
      first += count
    }
    return sources
  }
}
