package import WeighbridgeByteIO
package import WeighbridgeEncodings
package import WeighbridgeModelIR

/// Every element of a payload times its scale, in single precision.
///
/// A scale is for the whole tensor, for one row, for one matrix of several, or for a block of rows and
/// columns. Memory is the requested rows as they are stored, the same as floats, and their scales.
package struct ScaledPayload: TensorPayload {
  /// The layout of what `read` produces: F32.
  package let layout: TensorLayout
  private let base: FloatRows
  private let scale: FloatRows
  /// Rows of one matrix, and of its scales.
  private let rows: (weights: Int, scales: Int)
  /// Rows and columns that share a scale.
  private let block: (rows: Int, columns: Int)

  /// Nil where the scale's shape fits none of these, or a payload cannot be decoded.
  ///
  /// `block` is for scales that have as many dimensions as the weights, and more than one column.
  package init?(
    _ base: any TensorPayload, scale: any TensorPayload, block: (rows: Int, columns: Int)?
  ) {
    let shape = base.layout.shape
    let weights = shape.dimensions
    let scales = scale.layout.shape.dimensions
    guard let rows = FloatRows(base), let scaleRows = FloatRows(scale), !weights.isEmpty,
      base.layout.rowLength == shape.rowLength,
      let layout = TensorLayout(shape, .f32)
    else { return nil }
    self.layout = layout
    self.base = rows
    self.scale = scaleRows
    let all = shape.rowCount
    let columns = max(1, shape.rowLength)
    let matrix = weights.count > 1 ? weights[weights.count - 2] : 1
    if scale.layout.shape.elementCount == 1 {
      self.rows = (max(1, all), 1)
      self.block = (max(1, all), columns)
    } else if scales.allSatisfy({ $0 > 0 }), Self.isPerLeading(scales, weights) {
      // One for each element of the leading dimensions.
      let count = scale.layout.shape.elementCount
      guard all % count == 0 else { return nil }
      self.rows = (all / count, 1)
      self.block = (all / count, columns)
    } else {
      guard let block, scales.count == weights.count, weights.count >= 2,
        scales.dropLast(2).elementsEqual(weights.dropLast(2)),
        scales[scales.count - 2] == (matrix + block.rows - 1) / block.rows,
        scales[scales.count - 1] == (columns + block.columns - 1) / block.columns
      else { return nil }
      self.rows = (matrix, scales[scales.count - 2])
      self.block = block
    }
  }

  /// Whether a scale's dimensions are the first ones of the weight's, ones behind them aside.
  private static func isPerLeading(_ scales: [Int], _ weights: [Int]) -> Bool {
    let trimmed = scales.reversed().drop { $0 == 1 }.reversed()
    return !trimmed.isEmpty && trimmed.count < weights.count
      && weights.starts(with: trimmed)
  }

  /// The scale's row of a row of weights, counted over all matrices.
  private func scaleRow(_ row: Int) -> Int {
    row / rows.weights * rows.scales + row % rows.weights / block.rows
  }

  package var step: PayloadStep { .scaled }
  package var parts: [any TensorPayload] { [base.payload, scale.payload] }

  /// Floats of eight bits have no block: bytes lose little where no number of a block towers above the
  /// others, and that is measured.
  package func heldCodes(in encoding: Encoding?) throws(FormatError) -> HeldCodes {
    guard base.payload.layout.encoding != .i8 else {
      return .unheld("its scales are not for groups of inputs", nearest: .q8_0)
    }
    let reason = "no block has the levels of eight-bit floats"
    guard encoding == nil, let loss = try EightBitLoss(self) else {
      return .unheld(reason, nearest: nil)
    }
    return .unheld(
      reason + loss.text, nearest: loss.isSmall ? .q8_0 : nil, loss: loss.error)
  }

  package func read(
    rows range: Range<Int>, into buffer: inout MutableRawSpan, scratch: inout PayloadScratch
  ) throws(FormatError) {
    guard !range.isEmpty, layout.rowLength > 0 else { return }
    let count = range.count * layout.rowLength
    var floats = try base.borrow(rows: range, from: &scratch)
    defer { scratch.give(floats) }
    let first = scaleRow(range.lowerBound)
    let last = scaleRow(range.upperBound - 1)
    // Scales are counted in their own elements: a tensor of one dimension has a single row.
    let perRow = (layout.rowLength + block.columns - 1) / block.columns
    let stored = scale.rowLength
    let start = first * perRow / max(1, stored)
    let end = ((last + 1) * perRow - 1) / max(1, stored)
    let values = try scale.borrow(rows: start..<end + 1, from: &scratch)
    defer { scratch.give(values) }
    let length = layout.rowLength
    for row in range {
      let base = (row - range.lowerBound) * length
      let place = scaleRow(row) * perRow - start * stored
      for group in 0..<perRow {
        let factor = values[place + group]
        for column in group * block.columns..<min((group + 1) * block.columns, length) {
          floats[base + column] *= factor
        }
      }
    }
    floats.span.extracting(0..<count).store(into: &buffer)
  }
}
