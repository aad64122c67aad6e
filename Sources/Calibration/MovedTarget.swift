internal import CWeighbridgeKernels
internal import WeighbridgeByteIO
internal import WeighbridgeInference

/// The weights that suit what encoded layers give.
///
/// With W' = W + W E[(x − x̂) x̂ᵀ] H⁻¹, H being the damped metric of x̂, W' x̂ comes closest to W x.
struct MovedTarget {
  private let metric: Metric
  /// The mean of (x − x̂) x̂ᵀ.
  private let drift: Buffer<Float>
  private let workers: Int

  /// Columns that are solved one by one, before products take over.
  private static let panel = 64

  init(_ metric: Metric, _ drift: Moments, workers: Int) {
    precondition(metric.columns == drift.columns)
    self.metric = metric
    self.workers = workers
    let count = drift.columns * drift.columns
    let own = Buffer<Float>(count, repeating: 0)
    unsafe drift.withValues {
      let (target, scale) = unsafe (own.pointer(0, count), 1 / max(1, drift.tokens))
      for index in 0..<count { unsafe target[index] = Float($0[index] * scale) }
    }
    self.drift = own
  }

  /// Moves weights, [rows, columns].
  func apply(to weights: Buffer<Float>, rows: Int) {
    let columns = metric.columns
    let size = FeedbackQuantizer.rowsPerJob
    Workers.run((rows + size - 1) / size, on: workers, scratch: { 0 }) { (_, job) in
      let count = min(size, rows - job * size)
      let start = job * size * columns
      let right = Buffer<Float>(count * columns, repeating: 0)
      unsafe multiply(
        weights.pointer(start, count * columns), columns, drift.pointer(0, 0), columns,
        right.pointer(0, right.count), columns, rows: count, columns: columns, depth: columns)
      solve(right, rows: count)
      unsafe inference_add_scaled(
        weights.pointer(start, right.count), right.pointer(0, right.count), 1, right.count)
    }
  }

  /// x ← x (M D Mᵀ)⁻¹ for some rows.
  private func solve(_ x: Buffer<Float>, rows: Int) {
    let columns = metric.columns
    let negative = Buffer<Float>(x.count, repeating: 0)
    // (y D) Mᵀ = x from the last column to the first: M's rows lie along memory.
    for first in stride(from: (columns - 1) / Self.panel * Self.panel, through: 0, by: -Self.panel)
    {
      let end = min(columns, first + Self.panel)
      unsafe multiplyTransposed(
        negative.pointer(end, 0), metric.factor.pointer(first * columns + end, 0),
        x.pointer(first, 0), rows: rows, columns: end - first, depth: columns - end)
      for column in (first..<end).reversed() {
        unsafe multiplyTransposed(
          negative.pointer(column + 1, 0), metric.factor.pointer(column * columns + column + 1, 0),
          x.pointer(column, 0), rows: rows, columns: 1, depth: end - column - 1)
        unsafe negate(x.pointer(column, 0), negative.pointer(column, 0), rows)
      }
    }
    for row in 0..<rows {
      let line = unsafe x.pointer(row * columns, columns)
      for column in 0..<columns { unsafe line[column] /= metric.pivots[column] }
    }
    // z M = y from the first column to the last.
    for first in stride(from: 0, to: columns, by: Self.panel) {
      let end = min(columns, first + Self.panel)
      unsafe multiply(
        negative.pointer(0, 0), columns, metric.factor.pointer(first, 0), columns,
        x.pointer(first, 0), columns, rows: rows, columns: end - first, depth: first)
      for column in first..<end {
        unsafe multiply(
          negative.pointer(first, 0), columns, metric.factor.pointer(first * columns + column, 0),
          columns, x.pointer(column, 0), columns, rows: rows, columns: 1, depth: column - first)
        unsafe negate(x.pointer(column, 0), negative.pointer(column, 0), rows)
      }
    }
  }

  /// One column of the other becomes minus that of the first.
  @unsafe private func negate(
    _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ rows: Int
  ) {
    for row in 0..<rows { unsafe to[row * metric.columns] = -from[row * metric.columns] }
  }

  /// target += left × rightᵀ, all with rows of the metric's length.
  @unsafe private func multiplyTransposed(
    _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>,
    _ target: UnsafeMutablePointer<Float>, rows: Int, columns: Int, depth: Int
  ) {
    guard rows > 0, columns > 0, depth > 0 else { return }
    let stride = metric.columns
    unsafe withUnsafePointer(
      to: wb_product(
        left: left, left_row: stride, left_column: 1, right: right, right_row: 1,
        right_column: stride, target: target, target_row: stride, rows: rows, columns: columns,
        depth: depth)
    ) { unsafe wb_multiply_add($0) }
  }
}
