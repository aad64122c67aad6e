internal import CWeighbridgeKernels
internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension Matrix {
  /// self = left × rightᵀ × scale (+ self where `adds`): [m, k] × [n, k] → [m, n].
  ///
  /// Both are packed anew: for what is small beside the weights.
  func multiply(_ left: Matrix, transposed right: Matrix, scale: Float = 1, adds: Bool = false) {
    precondition(left.columns == right.columns)
    let packed = PackedMatrix(columns: right.rows, depth: right.columns)
    right.pack(right: packed)
    multiply(PackedMatrix(left: left), packed, scale: scale, adds: adds)
  }

  /// self = left × right: [m, k] × [k, n] → [m, n].
  func multiply(_ left: Matrix, _ right: Matrix) {
    precondition(left.columns == right.rows)
    let packed = PackedMatrix(columns: right.columns, depth: right.rows)
    right.pack(columns: packed)
    multiply(PackedMatrix(left: left), packed)
  }

  /// Decodes rows of a tensor into self: [rows.count, rowLength].
  func decode(_ source: FloatRows, rows range: Range<Int>, _ scratch: inout PayloadScratch)
    throws(FormatError)
  {
    precondition(rows == range.count && columns == source.rowLength)
    precondition(stride == columns || rows == 1)
    guard rows > 0, columns > 0 else { return }
    let count = rows * columns
    var span = unsafe MutableSpan(
      _unsafeStart: buffer.pointer(offset..<offset + count), count: count)
    try source.read(rows: range, into: &span, scratch: &scratch)
  }

  /// Decodes rows of a tensor, of which the encoded bytes were read, into self: [rows.count, rowLength].
  func decode(_ source: FloatRows, encoded bytes: [UInt8], rows range: Range<Int>) {
    precondition(rows == range.count && columns == source.rowLength && stride == columns)
    guard rows > 0, columns > 0 else { return }
    let count = rows * columns
    var span = unsafe MutableSpan(
      _unsafeStart: buffer.pointer(offset..<offset + count), count: count)
    source.decode(bytes, rows: range, into: &span)
  }

  /// Each row of self becomes the normalized row of `input`; weights of one row serve all.
  func normalize(_ input: Matrix, _ norm: NormWeights) {
    let (kind, weight, bias) = (norm.kind, norm.weight, norm.bias)
    precondition(rows == input.rows && columns == input.columns)
    precondition(weight.map { $0.columns == columns } ?? true)
    precondition(bias.map { $0.columns == columns } ?? true)
    guard rows > 0, columns > 0 else { return }
    let weights = unsafe weight.map { unsafe UnsafePointer($0.pointer(row: 0)) }
    let biases = unsafe bias.map { unsafe UnsafePointer($0.pointer(row: 0)) }
    switch kind.kind {
    case .rootMeanSquare:
      unsafe inference_rms_norm(
        pointer(row: 0), stride, input.pointer(row: 0), input.stride, weights, rows, columns,
        kind.epsilon)
    case .layer:
      unsafe inference_layer_norm(
        pointer(row: 0), stride, input.pointer(row: 0), input.stride, weights, biases, rows,
        columns, kind.epsilon)
    }
  }

  /// Rotates the first elements of every head of a row by the angles of a position.
  func rotate(row: Int, heads: Int = 1, _ table: RotaryTable, position: Int) {
    let (cosine, sine) = (table.cosine, table.sine)
    let width = columns / heads
    precondition(width >= 2 * cosine.columns && sine.columns == cosine.columns)
    unsafe inference_rotate(
      pointer(row: row), heads, width, cosine.pointer(row: position), sine.pointer(row: position),
      cosine.columns, table.pairing == .interleaved ? 1 : 0)
  }

  /// Turns a row of scores into weights; see the kernel.
  func softmax(row: Int, keys: Range<Int>, query: Int, _ options: inference_softmax_options) {
    precondition(keys.lowerBound >= 0 && keys.upperBound <= columns)
    unsafe inference_softmax(
      pointer(row: row), columns, keys.lowerBound, keys.upperBound, query, options)
  }

  /// self = activation(self) × up, row by row; a missing `up` is all ones.
  func activate(_ function: ActivationFunction, times up: Matrix?) {
    activate(function.kernel, times: up)
  }

  /// self = activation(self) × up, row by row; a missing `up` is all ones.
  func activate(_ kind: inference_activation, times up: Matrix?) {
    precondition(up.map { $0.rows == rows && $0.columns == columns } ?? true)
    for row in 0..<rows {
      let target = unsafe pointer(row: row)
      let other = unsafe up.map { unsafe UnsafePointer($0.pointer(row: row)) }
      unsafe inference_activate(target, target, other, columns, kind)
    }
  }

  /// self += other × scale; one row of `other` serves all rows.
  func add(_ other: Matrix, scale: Float = 1) {
    precondition((other.rows == rows || other.rows == 1) && other.columns == columns)
    for row in 0..<rows {
      unsafe inference_add_scaled(
        pointer(row: row), other.pointer(row: other.rows == 1 ? 0 : row), scale, columns)
    }
  }

  /// self = other.
  func copy(_ other: Matrix) {
    precondition(rows == other.rows && columns == other.columns)
    for row in 0..<rows {
      unsafe pointer(row: row).update(from: other.pointer(row: row), count: columns)
    }
  }

  /// Whether every element is a number.
  var isFinite: Bool {
    for row in 0..<rows {
      let values = unsafe UnsafeBufferPointer(start: pointer(row: row), count: columns)
      guard unsafe values.allSatisfy({ $0.isFinite }) else { return false }
    }
    return true
  }

  /// All elements become zero.
  func clear() {
    for row in 0..<rows { unsafe pointer(row: row).update(repeating: 0, count: columns) }
  }

  /// self = clamp(self × scale, ±limit); a limit of zero is none.
  func scale(by factor: Float, limit: Float = 0) {
    for row in 0..<rows { unsafe inference_scale(pointer(row: row), factor, limit, columns) }
  }

  /// self = cap × tanh(self / cap).
  func softcap(_ cap: Float) {
    for row in 0..<rows { unsafe inference_softcap(pointer(row: row), cap, columns) }
  }

  /// The largest element of a row and its first place.
  func maximum(row: Int) -> (value: Float, place: Int) {
    var place = 0
    let value = unsafe inference_maximum(pointer(row: row), columns, &place)
    return (value, place)
  }

  /// Adds the elements of a row, the first of which stands at place `first`, to lists of the largest and of
  /// their places.
  func keepLargest(
    row: Int, from first: Int, in lists: Range<Int>, _ largest: SharedBuffer<Float>,
    _ places: SharedBuffer<Int32>
  ) {
    unsafe inference_keep_largest(
      pointer(row: row), columns, Int32(clamping: first), largest.pointer(lists),
      places.pointer(lists), lists.count)
  }

  /// The sum of exp(row − maximum).
  func sumOfExponentials(row: Int, maximum: Float) -> Double {
    unsafe inference_sum_exp(pointer(row: row), columns, maximum)
  }

  /// The sum of exp(row − maximum) × (row − the row of the other).
  func sumOfDifferences(row: Int, _ other: Matrix, maximum: Float) -> Double {
    precondition(columns == other.columns)
    return unsafe inference_sum_exp_difference(
      pointer(row: row), other.pointer(row: row), columns, maximum)
  }

  /// Σ (self − other)² and Σ other² over a row.
  func squaredDifference(row: Int, _ other: Matrix) -> (difference: Double, norm: Double) {
    precondition(columns == other.columns)
    var norm = 0.0
    let difference = unsafe inference_squared_difference(
      pointer(row: row), other.pointer(row: row), columns, &norm)
    return (difference, norm)
  }

  /// Adds the squares of some columns, row after row, to as many sums from `offset` on.
  func addSquares(of range: Range<Int>, to sums: SharedBuffer<Double>, at offset: Int) {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns)
    let targets = unsafe sums.pointer(offset..<offset + range.count)
    for row in 0..<rows {
      let source = unsafe pointer(row: row) + range.lowerBound
      for column in 0..<range.count {
        let value = unsafe Double(source[column])
        unsafe targets[column] += value * value
      }
    }
  }

  /// A copy of all rows, one after another.
  var array: [Float] {
    var result: [Float] = []
    result.reserveCapacity(rows * columns)
    for row in 0..<rows {
      unsafe result.append(
        contentsOf: UnsafeBufferPointer(start: pointer(row: row), count: columns))
    }
    return result
  }
}
