internal import CWeighbridgeKernels

/// What encoding did to some rows, as sums: those of parts add up to those of the whole.
///
/// d is the number minus what its code stands for.
package struct ErrorSums: Hashable, Sendable {
  /// Numbers that were compared.
  package var count: UInt64 = 0
  /// Σ d².
  package var squaredError = 0.0
  /// Σ x².
  package var squares = 0.0
  /// Σ d x.
  package var errorTimesValue = 0.0
  /// Σ w d², w the weight of importance; 0 without one.
  package var weightedError = 0.0
  /// Σ w x².
  package var weightedSquares = 0.0
  /// The largest |d|.
  package var largestError = 0.0

  /// Nothing yet.
  package init() {}

  /// Adds the sums of another part.
  package static func += (left: inout ErrorSums, right: ErrorSums) {
    left.count += right.count
    left.squaredError += right.squaredError
    left.squares += right.squares
    left.errorTimesValue += right.errorTimesValue
    left.weightedError += right.weightedError
    left.weightedSquares += right.weightedSquares
    left.largestError = max(left.largestError, right.largestError)
  }

  /// Adds whole rows; `weights`, of the rows' length, serves all of them.
  mutating func add(
    _ values: Span<Float>, decoded: Span<Float>, rowLength: Int, weights: Span<Float>?
  ) {
    guard values.count > 0 else { return }
    precondition(rowLength > 0 && values.count % rowLength == 0, "part of a row")
    precondition(decoded.count == values.count, "other rows")
    precondition((weights?.count ?? rowLength) == rowLength, "weights of another width")
    var sums = WBErrorSums(
      squared_error: squaredError, squares: squares, error_times_value: errorTimesValue,
      weighted_error: weightedError, weighted_squares: weightedSquares,
      largest_error: largestError)
    let rows = values.count / rowLength
    unsafe values.withUnsafeBufferPointer { values in
      unsafe decoded.withUnsafeBufferPointer { decoded in
        guard let weights else {
          unsafe wb_error_sums(
            values.baseAddress, decoded.baseAddress, rows, rowLength, nil, &sums)
          return
        }
        unsafe weights.withUnsafeBufferPointer { weights in
          unsafe wb_error_sums(
            values.baseAddress, decoded.baseAddress, rows, rowLength, weights.baseAddress, &sums)
        }
      }
    }
    count += UInt64(values.count)
    squaredError = sums.squared_error
    squares = sums.squares
    errorTimesValue = sums.error_times_value
    weightedError = sums.weighted_error
    weightedSquares = sums.weighted_squares
    largestError = sums.largest_error
  }
}

extension ErrorSums {
  /// The root of the mean squared error.
  package var rootMeanSquare: Double {
    count > 0 ? (squaredError / Double(count)).squareRoot() : 0
  }

  /// The error's norm over that of the numbers; 0 for zeros.
  package var relative: Double { squares > 0 ? (squaredError / squares).squareRoot() : 0 }

  /// The cosine between the numbers and what their codes stand for; 1 for zeros.
  package var cosine: Double {
    // y = x - d: Σ xy = Σ x² - Σ dx, and Σ y² likewise. No large terms cancel.
    let other = squares - 2 * errorTimesValue + squaredError
    guard squares > 0 else { return 1 }
    guard other > 0 else { return 0 }
    return min(1, (squares - errorTimesValue) / (squares * other).squareRoot())
  }

  /// The same as `relative`, each column weighed by its importance; nil without weights.
  package var weighted: Double? {
    weightedSquares > 0 ? (weightedError / weightedSquares).squareRoot() : nil
  }
}
