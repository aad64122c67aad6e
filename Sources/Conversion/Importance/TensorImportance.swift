/// How much each column of a tensor weighs: the mean square of what it is multiplied with.
///
/// A tensor of stacked experts has one row of weights for each expert.
package struct TensorImportance: Hashable, Sendable {
  /// Elements of one row of weights.
  package let columns: Int
  /// Rows of weights.
  package let groups: Int
  private let values: [Float]

  /// Nil where the values are not whole rows.
  package init?(_ values: [Float], columns: Int) {
    guard columns > 0, !values.isEmpty, values.count % columns == 0 else { return nil }
    self.values = values
    self.columns = columns
    self.groups = values.count / columns
  }

  /// The row after the last one that has the same weights as `row`.
  func end(ofGroupWith row: Int, of rowCount: Int) -> Int {
    let size = rowCount / groups
    return (row / size + 1) * size
  }

  /// Lends the weights of a row.
  func withRow(_ row: Int, of rowCount: Int, _ body: (Span<Float>) -> Void) {
    let group = row / (rowCount / groups)
    body(values.span.extracting(group * columns..<(group + 1) * columns))
  }
}
