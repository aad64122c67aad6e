internal import CWeighbridgeKernels
package import WeighbridgeByteIO

/// Which matrix of weights: one of those that are stacked in a tensor, or all of it.
package struct MatrixKey: Hashable, Sendable {
  package let tensor: ByteString
  /// The expert; 0 for a tensor that is one matrix.
  package let part: Int
  /// Names a matrix.
  package init(_ tensor: ByteString, part: Int = 0) {
    self.tensor = tensor
    self.part = part
  }
}

/// Σ weight · x xᵀ over tokens, in double precision; of the matrix the lower half is kept up to date.
///
/// Sums have the order of the text, whatever the number of threads. Memory is 8 × columns² bytes.
package final class Moments: Sendable {
  /// Elements of x.
  package let columns: Int
  private let values: SharedBuffer<Double>
  /// One number: the tokens.
  private let state: SharedBuffer<Double>

  /// Nothing seen yet.
  package init(columns: Int) {
    self.columns = columns
    values = SharedBuffer(count: columns * columns, repeating: 0)
    state = SharedBuffer(count: 1, repeating: 0)
  }

  /// Tokens that were added.
  package var tokens: Double { state[0] }

  /// Adds rows, [tokens, columns], each weighed where there are weights.
  func add(_ input: Matrix, weights: Matrix? = nil, workers: Int) {
    precondition(weights.map { $0.rows == 1 && $0.columns == input.rows } ?? true)
    add(input, input, weights, isWhole: false, workers: workers)
  }

  /// Adds Σ x yᵀ of the rows of two matrices, both halves of it.
  func add(_ left: Matrix, times right: Matrix, workers: Int) {
    add(left, right, nil, isWhole: true, workers: workers)
  }

  private func add(
    _ left: Matrix, _ right: Matrix, _ weights: Matrix?, isWhole: Bool, workers: Int
  ) {
    precondition(left.columns == columns && right.columns == columns && left.rows == right.rows)
    guard left.rows > 0 else { return }
    state[0] += Double(left.rows)
    let tile = Int(WB_MOMENT_TILE)
    let count = (columns + tile - 1) / tile
    let tiles = (0..<count).flatMap { row in
      (0..<(isWhole ? count : row + 1)).map { (row: row * tile, column: $0 * tile) }
    }
    Workers.run(tiles.count, on: workers, scratch: { 0 }) { (_, index) in
      let (row, column) = tiles[index]
      unsafe withUnsafePointer(
        to: wb_moment(
          left: left.pointer(row: 0), left_stride: left.stride, right: right.pointer(row: 0),
          right_stride: right.stride,
          weights: weights.map { unsafe UnsafePointer($0.pointer(row: 0)) }, tokens: left.rows,
          row: row, rows: min(tile, columns - row), column: column,
          columns: min(tile, columns - column), moments: values.pointer(0..<values.count),
          stride: columns)
      ) { unsafe wb_moment_add($0) }
    }
  }

  /// Adds what others have seen, × `scale`; tokens are not added.
  package func blend(_ other: Moments, scale: Double) {
    precondition(other.columns == columns)
    unsafe wb_add_scaled_double(
      values.pointer(0..<values.count), other.values.pointer(0..<values.count), scale,
      values.count)
  }

  /// The same with another number of tokens.
  package func counted(_ tokens: Double) -> Moments {
    state[0] = tokens
    return self
  }

  /// Multiplies all sums.
  package func multiply(by factor: Double) { blend(self, scale: factor - 1) }

  /// Σ weight · x_i² of every column.
  package var diagonal: [Double] { (0..<columns).map { values[$0 * (columns + 1)] } }

  /// The sums, row-major, of which the lower half counts.
  @unsafe package func withValues<Result>(
    _ body: (UnsafePointer<Double>) -> Result
  ) -> Result {
    unsafe body(values.pointer(0..<values.count))
  }

  /// Bytes of the lower half, row after row, in double precision; nil where they are too many.
  package static func lowerBytes(columns: Int) -> UInt64? {
    let (square, overflow) = columns.multipliedReportingOverflow(by: columns + 1)
    guard columns >= 0, !overflow, square < 1 << 60 else { return nil }
    return UInt64(square) * 4
  }

  /// Writes the lower half, row after row.
  package func write(to file: ScratchFile, at place: UInt64) throws(IOError) {
    var offset = place
    for row in 0..<columns {
      try values.write(row * columns..<row * columns + row + 1, to: file, at: offset)
      offset += UInt64(8 * (row + 1))
    }
  }

  /// Reads what `write` has written; the source holds that many bytes.
  package convenience init(
    columns: Int, tokens: Double, from source: any ByteSource, at place: UInt64
  ) throws(IOError) {
    self.init(columns: columns)
    state[0] = tokens
    var offset = place
    for row in 0..<columns {
      try values.read(row * columns..<row * columns + row + 1, from: source, at: offset)
      offset += UInt64(8 * (row + 1))
    }
  }

  /// Whether all sums are numbers, and none of the diagonal is negative.
  package var isSound: Bool {
    (0..<columns).allSatisfy { row in
      values[row * (columns + 1)] >= 0
        && (0...row).allSatisfy { values[row * columns + $0].isFinite }
    } && tokens.isFinite && tokens >= 0
  }
}
