/// The rows of many tensors in pieces, counted and not listed.
///
/// A file may announce more pieces than memory could list: a server's word for its size is enough.
package struct RowPieces: Sendable {
  private let rows: [Int]
  private let steps: [Int]
  /// The number of pieces up to each tensor's end.
  private let ends: [Int]

  /// Pieces of `steps[i]` rows of tensor `i`, which has `rows[i]`; a step is 1 at least.
  package init(rows: [Int], steps: [Int]) {
    precondition(rows.count == steps.count, "one step for each tensor")
    var end = 0
    var ends: [Int] = []
    for (count, step) in zip(rows, steps) {
      let pieces = count / step + (count % step == 0 ? 0 : 1)
      let (sum, overflow) = end.addingReportingOverflow(pieces)
      end = overflow ? Int.max : sum
      ends.append(end)
    }
    self.rows = rows
    self.steps = steps
    self.ends = ends
  }

  /// The number of pieces.
  package var count: Int { ends.last ?? 0 }

  /// A piece: which tensor, and which of its rows.
  package subscript(index: Int) -> (tensor: Int, rows: Range<Int>) {
    var low = 0
    var high = ends.count - 1
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > index { high = middle } else { low = middle + 1 }
    }
    let start = (index - (low > 0 ? ends[low - 1] : 0)) * steps[low]
    return (low, start..<min(rows[low], start + min(steps[low], rows[low] - start)))
  }
}
