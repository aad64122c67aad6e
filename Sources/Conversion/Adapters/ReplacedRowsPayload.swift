internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
internal import WeighbridgeModelIR

/// A matrix of which some rows come from another.
struct ReplacedRowsPayload: TensorPayload {
  let layout: TensorLayout
  private let base: FloatRows
  private let rows: FloatRows
  private let places: [Int: Int]

  /// Row `ids[i]` of `base` becomes row `i` of `rows`; nil where the shapes do not fit.
  init?(_ base: any TensorPayload, _ ids: [Int], _ rows: any TensorPayload) {
    let shape = base.layout.shape
    guard shape.dimensions.count == 2,
      rows.layout.shape.dimensions == [ids.count, shape.rowLength],
      ids.allSatisfy({ (0..<shape.rowCount).contains($0) }), Set(ids).count == ids.count,
      let layout = TensorLayout(shape, .f32), let base = FloatRows(base),
      let rows = FloatRows(rows)
    else { return nil }
    self.layout = layout
    self.base = base
    self.rows = rows
    places = Dictionary(uniqueKeysWithValues: zip(ids, ids.indices))
  }

  var step: PayloadStep { .merged }
  var parts: [any TensorPayload] { [base.payload, rows.payload] }

  func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    let width = layout.rowLength
    var output = try base.borrow(rows: range, from: &scratch)
    defer { scratch.give(output) }
    for (index, row) in range.enumerated() {
      guard let place = places[row] else { continue }
      let values = try rows.read(rows: place..<place + 1, &scratch)
      for column in 0..<width { output[index * width + column] = values[column] }
    }
    output.span.extracting(0..<range.count * width).store(into: &buffer)
  }
}
