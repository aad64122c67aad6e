internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures

// The steps of the reverse walk, each for the rows of one window by one worker.
extension Matrix {
  /// Memory for a matrix of zeros.
  static func zeros(_ rows: Int, _ columns: Int) -> Matrix { Matrix(rows: rows, columns: columns) }

  /// A copy with memory of its own.
  var copied: Matrix {
    let result = Matrix(
      SharedBuffer(uninitialized: rows * columns), rows: rows, columns: columns)
    result.copy(self)
    return result
  }

  /// self += left × right.
  func add(_ left: Matrix, times right: Matrix) {
    add(left, false, right, false)
  }

  /// self += left × rightᵀ.
  func add(_ left: Matrix, timesTransposed right: Matrix) {
    add(left, false, right, true)
  }

  /// self += leftᵀ × right.
  func add(transposed left: Matrix, times right: Matrix) {
    add(left, true, right, false)
  }

  private func add(_ left: Matrix, _ leftIs: Bool, _ right: Matrix, _ rightIs: Bool) {
    let depth = leftIs ? left.rows : left.columns
    precondition(rows == (leftIs ? left.columns : left.rows))
    precondition(columns == (rightIs ? right.rows : right.columns))
    precondition(depth == (rightIs ? right.columns : right.rows))
    guard rows > 0, columns > 0, depth > 0 else { return }
    unsafe withUnsafePointer(
      to: wb_product(
        left: left.pointer(row: 0), left_row: leftIs ? 1 : left.stride,
        left_column: leftIs ? left.stride : 1, right: right.pointer(row: 0),
        right_row: rightIs ? 1 : right.stride, right_column: rightIs ? right.stride : 1,
        target: pointer(row: 0), target_row: stride, rows: rows, columns: columns, depth: depth)
    ) { unsafe wb_multiply_add($0) }
  }

  /// self += the gradient of a norm's input, from that of its output.
  func addReverse(of norm: NormWeights, input: Matrix, gradient: Matrix) {
    precondition(rows == input.rows && columns == input.columns && rows == gradient.rows)
    precondition(columns == gradient.columns && norm.weight.map { $0.columns == columns } ?? true)
    for row in 0..<rows {
      let weights = unsafe norm.weight.map { unsafe UnsafePointer($0.pointer(row: 0)) }
      switch norm.kind.kind {
      case .rootMeanSquare:
        unsafe wb_reverse_rms_norm(
          input.pointer(row: row), weights, gradient.pointer(row: row), pointer(row: row), columns,
          norm.kind.epsilon)
      case .layer:
        unsafe wb_reverse_layer_norm(
          input.pointer(row: row), weights, gradient.pointer(row: row), pointer(row: row), columns,
          norm.kind.epsilon)
      }
    }
  }

  /// Turns the gradient of a softmax's weights into that of its scores.
  func reverseSoftmax(_ weights: Matrix) {
    for row in 0..<rows {
      unsafe wb_reverse_softmax(weights.pointer(row: row), pointer(row: row), columns)
    }
  }

  /// Turns the gradient of capped numbers into that of the numbers.
  func reverseSoftcap(_ capped: Matrix, cap: Float) {
    for row in 0..<rows {
      unsafe wb_reverse_softcap(capped.pointer(row: row), pointer(row: row), cap, columns)
    }
  }

  /// The gradients of gate and up, side by side as in `wide`, from that of activation(gate) × up.
  func reverseActivation(
    _ kind: inference_activation, wide: Matrix, gradient: Matrix, isGated: Bool
  ) {
    let inner = gradient.columns
    for row in 0..<rows {
      let gate = unsafe wide.pointer(row: row)
      let target = unsafe pointer(row: row)
      unsafe wb_reverse_activation(
        kind, gate, isGated ? UnsafePointer(gate + inner) : nil, gradient.pointer(row: row),
        target, isGated ? target + inner : nil, inner)
    }
  }

  /// Draws a token from each row of logits and turns the row into the gradient of −ln p of it; the tokens.
  @discardableResult func drawLabels(_ uniform: (Int) -> Double) -> [Int] {
    (0..<rows).map { unsafe wb_draw_label(pointer(row: $0), columns, uniform($0)) }
  }

  /// Turns a row of logits into the gradient of −ln p of a token.
  func labelGradient(row: Int, _ label: Int) {
    unsafe wb_label_gradient(pointer(row: row), columns, label)
  }

  /// The inner product of a row and one of another matrix.
  func product(row: Int, with other: Matrix, row place: Int) -> Float {
    precondition(columns == other.columns)
    return Float(
      unsafe wb_inner_product(pointer(row: row), other.pointer(row: place), columns))
  }

  /// Adds to the one row the sums of two matrices' products, column by column.
  func addProducts(_ left: Matrix, _ right: Matrix) {
    precondition(rows == 1 && columns == left.columns && columns == right.columns)
    precondition(left.rows == right.rows)
    let target = unsafe pointer(row: 0)
    for row in 0..<left.rows {
      let (one, other) = unsafe (left.pointer(row: row), right.pointer(row: row))
      for column in 0..<columns { unsafe target[column] += one[column] * other[column] }
    }
  }

  /// The mean square of a row.
  func meanSquare(row: Int) -> Float {
    unsafe wb_mean_square(pointer(row: row), columns)
  }

  /// Rotates back what `rotate` has turned.
  func rotateBack(row: Int, heads: Int, _ table: RotaryTable, _ negated: Matrix, position: Int) {
    let width = columns / heads
    precondition(width >= 2 * table.cosine.columns)
    unsafe inference_rotate(
      pointer(row: row), heads, width, table.cosine.pointer(row: position),
      negated.pointer(row: position), table.cosine.columns,
      table.pairing == .interleaved ? 1 : 0)
  }
}
