internal import CWeighbridgeKernels
internal import WeighbridgeByteIO
internal import WeighbridgeInference

/// Encodes rows so that (w − v) H (w − v)ᵀ is small (Specs/calibration.md, CAL-10 and after).
///
/// Rows are independent, and are taken 48 at a time whatever the number of workers. Memory is 14 × rows
/// × columns bytes.
struct FeedbackQuantizer {
  let grid: Grid
  let metric: Metric
  let effort: Effort
  let workers: Int

  /// Rows of a job.
  static let rowsPerJob = 48

  /// The rows of `weights`, [rows, columns], in blocks.
  func quantize(_ weights: Buffer<Float>, rows: Int) -> QuantizedRows {
    let result = QuantizedRows(grid, rows: rows, columns: metric.columns)
    forRows(rows) { feed(weights, $0, into: result) }
    forRows(rows) { range in
      result.evaluate(range)
      descend(weights, range, result, sweeps: effort.sweeps)
    }
    return result
  }

  /// Runs something for stretches of rows.
  func forRows(_ rows: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let size = Self.rowsPerJob
    Workers.run((rows + size - 1) / size, on: workers, scratch: { 0 }) { (_, job) in
      body(job * size..<min(rows, (job + 1) * size))
    }
  }

  /// Chooses codes from left to right, panel after panel.
  private func feed(_ weights: Buffer<Float>, _ rows: Range<Int>, into result: QuantizedRows) {
    let columns = metric.columns
    let errors = Buffer<Float>(rows.count * columns, repeating: 0)
    let target = Buffer<Float>(rows.count * Grid.panel, repeating: 0)
    let options = wb_effort(reach: Int32(effort.reach), tries: Int32(effort.tries(grid)))
    for first in stride(from: 0, to: columns, by: Grid.panel) {
      let count = min(Grid.panel, columns - first)
      for row in rows {
        unsafe target.pointer((row - rows.lowerBound) * Grid.panel, count).update(
          from: weights.pointer(row * columns + first, count), count: count)
      }
      // target += errors[…, before] × M[before, panel]
      unsafe multiply(
        errors.pointer(0, errors.count), columns, metric.factor.pointer(first, 0), columns,
        target.pointer(0, target.count), Grid.panel, rows: rows.count, columns: count,
        depth: first)
      for row in rows {
        let local = row - rows.lowerBound
        unsafe withUnsafePointer(to: grid.kernel) {
          _ = unsafe wb_feedback_panel(
            $0, options, target.pointer(local * Grid.panel, count),
            weights.pointer(row * columns + first, count),
            metric.factor.pointer(first * (columns + 1), 0), columns,
            metric.pivots.pointer(first, count), count,
            result.parts(row: row, column: first, count: count),
            errors.pointer(local * columns + first, count))
        }
      }
    }
  }

  /// Sweeps of coordinate descent over rows that have values; stops where nothing changes.
  private func descend(
    _ weights: Buffer<Float>, _ rows: Range<Int>, _ result: QuantizedRows, sweeps: Int
  ) {
    sweep(gradient(weights, rows, result), rows, result, sweeps: sweeps)
  }

  /// Sweeps over rows whose gradients (w − v) H are known, [rows, columns], and are kept up to date.
  func sweep(
    _ gradient: Buffer<Float>, _ rows: Range<Int>, _ result: QuantizedRows, sweeps: Int
  ) {
    let columns = metric.columns
    let moved = Buffer<Float>(rows.count * Grid.panel, repeating: 0)
    for _ in 0..<sweeps {
      var changes = 0
      for first in stride(from: 0, to: columns, by: Grid.panel) {
        let count = min(Grid.panel, columns - first)
        var now = 0
        for row in rows {
          let local = row - rows.lowerBound
          unsafe withUnsafePointer(to: grid.kernel) {
            now += unsafe wb_descend_panel(
              $0, gradient.pointer(local * columns + first, count),
              result.values.pointer(row * columns + first, count),
              metric.matrix.pointer(first * (columns + 1), 0), columns, count,
              result.parts(row: row, column: first, count: count),
              moved.pointer(local * Grid.panel, count))
          }
        }
        changes += now
        guard now > 0 else { continue }
        // The gradients of all other columns: += moved × H[panel, others]
        for others in [0..<first, first + count..<columns] where !others.isEmpty {
          unsafe multiply(
            moved.pointer(0, moved.count), Grid.panel,
            metric.matrix.pointer(first * columns + others.lowerBound, 0), columns,
            gradient.pointer(others.lowerBound, 0), columns, rows: rows.count,
            columns: others.count, depth: count)
        }
      }
      if changes == 0 { break }
    }
  }

  /// (w − v) H of some rows, [rows, columns].
  func gradient(
    _ weights: Buffer<Float>, _ rows: Range<Int>, _ result: QuantizedRows
  ) -> Buffer<Float> {
    let columns = metric.columns
    let errors = Buffer<Float>(rows.count * columns, repeating: 0)
    let gradient = Buffer<Float>(rows.count * columns, repeating: 0)
    unsafe wb_subtract(
      errors.pointer(0, errors.count),
      weights.pointer(rows.lowerBound * columns, errors.count),
      result.values.pointer(rows.lowerBound * columns, errors.count), errors.count)
    unsafe multiply(
      errors.pointer(0, errors.count), columns, metric.matrix.pointer(0, 0), columns,
      gradient.pointer(0, gradient.count), columns, rows: rows.count, columns: columns,
      depth: columns)
    return gradient
  }
}

extension Metric {
  /// tr(E H Eᵀ) of errors `weights` − `values`, [rows, columns], rows × 48 at a time in their order.
  func loss(
    _ weights: Buffer<Float>, _ values: Buffer<Float>, rows: Int, workers: Int
  ) -> Double {
    let size = FeedbackQuantizer.rowsPerJob
    let jobs = (rows + size - 1) / size
    let sums = Buffer<Double>(jobs, repeating: 0)
    let columns = columns
    Workers.run(jobs, on: workers, scratch: { 0 }) { (_, job) in
      let count = min(size, rows - job * size)
      let errors = Buffer<Float>(count * columns, repeating: 0)
      let products = Buffer<Float>(count * columns, repeating: 0)
      let start = job * size * columns
      unsafe wb_subtract(
        errors.pointer(0, errors.count), weights.pointer(start, errors.count),
        values.pointer(start, errors.count), errors.count)
      unsafe multiply(
        errors.pointer(0, errors.count), columns, matrix.pointer(0, 0), columns,
        products.pointer(0, products.count), columns, rows: count, columns: columns,
        depth: columns)
      sums[job] = unsafe wb_inner_product(
        errors.pointer(0, errors.count), products.pointer(0, products.count), errors.count)
    }
    return sums.array(0..<jobs).reduce(0, +)
  }
}

/// target += left × right, all row-major with a stride.
@unsafe func multiply(
  _ left: UnsafePointer<Float>, _ leftStride: Int, _ right: UnsafePointer<Float>,
  _ rightStride: Int, _ target: UnsafeMutablePointer<Float>, _ targetStride: Int, rows: Int,
  columns: Int, depth: Int
) {
  guard rows > 0, columns > 0, depth > 0 else { return }
  unsafe withUnsafePointer(
    to: wb_product(
      left: left, left_row: leftStride, left_column: 1, right: right, right_row: rightStride,
      right_column: 1, target: target, target_row: targetStride, rows: rows, columns: columns,
      depth: depth)
  ) { unsafe wb_multiply_add($0) }
}
