internal import CWeighbridgeKernels
internal import WeighbridgeByteIO
internal import WeighbridgeInference

/// Lets rows make up for each other's errors: tr(G E H Eᵀ) falls, G being Σ g gᵀ of the gradients at the
/// matrix's output.
///
/// With P = E H, what row i feels is Σ_k G_ik P_k: the target that suits it moves by what the others have
/// left. Rows take their turns by falling G_ii, in blocks of 48 whose sums over all rows are one product.
struct RowRefinement {
  private let quantizer: FeedbackQuantizer
  /// G, damped, [rows, rows].
  private let coupling: Buffer<Float>
  private let rows: Int
  private let order: [Int]

  /// Part of the mean diagonal that is added to G's.
  private static let damping = 0.1
  /// Columns of a job.
  private static let columnsPerJob = 128

  init(_ quantizer: FeedbackQuantizer, _ outputs: Moments) {
    self.quantizer = quantizer
    let rows = outputs.columns
    self.rows = rows
    let coupling = Buffer<Float>(rows * rows, repeating: 0)
    let reversed = Buffer<Double>(rows * rows, repeating: 0)
    _ = unsafe outputs.withValues {
      unsafe wb_metric_begin(
        $0, rows, 1 / max(1, outputs.tokens), Self.damping, reversed.pointer(0, reversed.count),
        coupling.pointer(0, coupling.count))
    }
    self.coupling = coupling
    order = (0..<rows).sorted {
      let (left, right) = (coupling[$0 * (rows + 1)], coupling[$1 * (rows + 1)])
      return left > right || (left == right && $0 < $1)
    }
  }

  /// Refines rows that were encoded before.
  func refine(_ weights: Buffer<Float>, _ result: QuantizedRows, passes: Int) {
    let columns = result.columns
    let products = Buffer<Float>(rows * columns, repeating: 0)
    quantizer.forRows(rows) { range in
      let own = quantizer.gradient(weights, range, result)
      unsafe products.pointer(range.lowerBound * columns, own.count).update(
        from: own.pointer(0, own.count), count: own.count)
    }
    let size = FeedbackQuantizer.rowsPerJob
    for _ in 0..<passes {
      for start in stride(from: 0, to: rows, by: size) {
        refine(Array(order[start..<min(start + size, rows)]), products, result)
      }
    }
    quantizer.forRows(rows) { result.evaluate($0) }
  }

  /// One block of rows, one after another.
  private func refine(_ block: [Int], _ products: Buffer<Float>, _ result: QuantizedRows) {
    let columns = result.columns
    // What each feels of all others before the block moves, and of itself.
    let shares = Buffer<Float>(block.count * rows, repeating: 0)
    for (local, row) in block.enumerated() {
      let own = coupling[row * (rows + 1)]
      guard own > 0 else { continue }
      for other in 0..<rows { shares[local * rows + other] = coupling[row * rows + other] / own }
    }
    let felt = Buffer<Float>(block.count * columns, repeating: 0)
    let step = Self.columnsPerJob
    Workers.run((columns + step - 1) / step, on: quantizer.workers, scratch: { 0 }) { (_, job) in
      let first = job * step
      unsafe multiply(
        shares.pointer(0, shares.count), rows, products.pointer(first, 0), columns,
        felt.pointer(first, 0), columns, rows: block.count, columns: min(step, columns - first),
        depth: rows)
    }
    let changes = Buffer<Float>(block.count * columns, repeating: 0)
    for (local, row) in block.enumerated() {
      let gradient = Buffer<Float>(columns, repeating: 0)
      unsafe gradient.pointer(0, columns).update(
        from: felt.pointer(local * columns, columns), count: columns)
      let coefficients = Buffer<Float>(max(1, local), repeating: 0)
      for before in 0..<local { coefficients[before] = shares[local * rows + block[before]] }
      unsafe multiply(
        coefficients.pointer(0, local), local, changes.pointer(0, 0), columns,
        gradient.pointer(0, columns), columns, rows: 1, columns: columns, depth: local)
      let before = Buffer<Float>(columns, repeating: 0)
      before.copy(gradient)
      quantizer.sweep(gradient, row..<row + 1, result, sweeps: 2)
      unsafe wb_subtract(
        changes.pointer(local * columns, columns), gradient.pointer(0, columns),
        before.pointer(0, columns), columns)
      unsafe inference_add_scaled(
        products.pointer(row * columns, columns), changes.pointer(local * columns, columns), 1,
        columns)
    }
  }
}
