internal import CWeighbridgeKernels
internal import WeighbridgeByteIO
package import WeighbridgeInference

/// What an error in a row of weights costs: (w − v) H (w − v)ᵀ, with H = M D Mᵀ, M unit upper.
///
/// Memory while it is made is 24 × columns² bytes, afterwards 8 × columns².
package final class Metric: Sendable {
  /// Elements of a row.
  package let columns: Int
  /// H, damped, [columns, columns].
  let matrix: Buffer<Float>
  /// M, [columns, columns].
  let factor: Buffer<Float>
  /// D.
  let pivots: Buffer<Float>

  /// Part of the mean diagonal that is added to the diagonal: what calibration has not seen costs too.
  static let damping = 0.01
  /// Columns that are factored at a time.
  private static let block = 64

  /// Factors the mean of what was collected.
  package init(_ moments: Moments, workers: Int) {
    let columns = moments.columns
    self.columns = columns
    matrix = Buffer(columns * columns, repeating: 0)
    factor = Buffer(columns * columns, repeating: 0)
    pivots = Buffer(columns, repeating: 0)
    let reversed = Buffer<Double>(columns * columns, repeating: 0)
    let scale = moments.tokens > 0 ? 1 / moments.tokens : 0
    let mean = unsafe moments.withValues {
      unsafe wb_metric_begin(
        $0, columns, scale, Metric.damping, reversed.pointer(0, reversed.count),
        matrix.pointer(0, matrix.count))
    }
    if mean > 0 {
      Metric.factor(reversed, columns, floor: mean * Metric.damping * 1e-3, workers: workers)
    } else {
      // Nothing was seen: all columns weigh alike.
      for index in 0..<columns {
        reversed[index * (columns + 1)] = 1
        matrix[index * (columns + 1)] = 1
      }
    }
    unsafe wb_metric_finish(
      reversed.pointer(0, reversed.count), columns, factor.pointer(0, factor.count),
      pivots.pointer(0, columns))
  }

  /// LDLᵀ in place, block of columns after block, from what was factored before.
  private static func factor(
    _ matrix: Buffer<Double>, _ columns: Int, floor: Double, workers: Int
  ) {
    let rowsPerJob = 96
    let scaled = Buffer<Double>(columns * block, repeating: 0)
    for first in stride(from: 0, to: columns, by: block) {
      let count = min(block, columns - first)
      unsafe wb_factor_prepare(
        matrix.pointer(0, matrix.count), columns, first, count, scaled.pointer(0, scaled.count))
      let rows = columns - first
      let jobs = (rows + rowsPerJob - 1) / rowsPerJob
      Workers.run(jobs, on: workers, scratch: { 0 }) { (_, job) in
        let row = first + job * rowsPerJob
        unsafe wb_factor_update(
          matrix.pointer(0, matrix.count), columns, first, count,
          scaled.pointer(0, scaled.count), row, min(rowsPerJob, columns - row))
      }
      unsafe wb_factor_pivot(matrix.pointer(0, matrix.count), columns, first, count, floor)
      Workers.run(jobs, on: workers, scratch: { 0 }) { (_, job) in
        let row = max(first + count, first + job * rowsPerJob)
        let end = min(columns, first + (job + 1) * rowsPerJob)
        guard row < end else { return }
        unsafe wb_factor_solve(
          matrix.pointer(0, matrix.count), columns, first, count, row, end - row)
      }
    }
  }
}
