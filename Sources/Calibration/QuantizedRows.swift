internal import CWeighbridgeKernels
internal import WeighbridgeEncodings
internal import WeighbridgeInference

/// Rows of a matrix in the parts of their blocks, with the values that these have.
final class QuantizedRows: Sendable {
  let grid: Grid
  let rows: Int
  let columns: Int
  let codes: Buffer<UInt8>
  let scales: Buffer<Int8>
  let minimums: Buffer<UInt8>
  let d: Buffer<Float>
  let dmin: Buffer<Float>
  /// What the parts mean, [rows, columns].
  let values: Buffer<Float>

  init(_ grid: Grid, rows: Int, columns: Int) {
    self.grid = grid
    self.rows = rows
    self.columns = columns
    codes = Buffer(rows * columns, repeating: 0)
    scales = Buffer(rows * columns / grid.sub, repeating: 0)
    minimums = Buffer(rows * columns / grid.sub, repeating: 0)
    d = Buffer(rows * columns / grid.span, repeating: 0)
    dmin = Buffer(rows * columns / grid.span, repeating: 0)
    values = Buffer(rows * columns, repeating: 0)
  }

  /// Bytes of one element.
  static let bytesPerElement = 6

  /// The parts of some columns of a row.
  @unsafe func parts(row: Int, column: Int, count: Int) -> wb_parts {
    let start = row * columns + column
    let (sub, span) = (grid.sub, grid.span)
    return unsafe wb_parts(
      codes: codes.pointer(start, count), scales: scales.pointer(start / sub, count / sub),
      minimums: minimums.pointer(start / sub, count / sub),
      d: d.pointer(start / span, count / span), dmin: dmin.pointer(start / span, count / span))
  }

  /// Computes the values of some rows from their parts.
  func evaluate(_ range: Range<Int>) {
    for row in range {
      unsafe withUnsafePointer(to: grid.kernel) {
        unsafe wb_grid_values(
          $0, columns, parts(row: row, column: 0, count: columns),
          values.pointer(row * columns, columns))
      }
    }
  }

  /// The blocks of a row.
  func pack(row: Int, into blocks: Buffer<UInt8>, at offset: Int) {
    let size = columns / grid.encoding.elementsPerBlock * grid.encoding.bytesPerBlock
    let packed = unsafe wb_grid_pack(
      grid.type, columns, parts(row: row, column: 0, count: columns), blocks.pointer(offset, size))
    precondition(packed != 0)
  }
}
