internal import CWeighbridgeKernels
internal import WeighbridgeModelIR

// State spaces.
extension Matrix {
  /// self becomes the output of a recurrence over the tokens of one window, for one head.
  func recur(
    _ rule: Recurrence, queries: Matrix, keys: Matrix, values: Matrix, decays: Matrix,
    strengths: Matrix, state: SharedBuffer<Float>
  ) {
    precondition([queries, keys, values, decays, strengths].allSatisfy { $0.rows == rows })
    precondition(queries.columns == keys.columns && values.columns == columns)
    precondition(decays.columns == 1 || decays.columns == keys.columns)
    let needed = (keys.columns + 1) * columns
    guard rows > 0, columns > 0, keys.columns > 0 else { return }
    unsafe withUnsafePointer(
      to: inference_recurrence(
        queries: queries.pointer(row: 0), keys: keys.pointer(row: 0),
        query_stride: queries.stride, key_stride: keys.stride, values: values.pointer(row: 0),
        value_stride: values.stride, decays: decays.pointer(row: 0),
        decay_stride: decays.stride, decay_step: decays.columns > 1 ? 1 : 0,
        strengths: strengths.pointer(row: 0), strength_stride: strengths.stride,
        is_delta: rule.isDelta ? 1 : 0, scale: rule.scale,
        tokens: rows, depth: keys.columns, width: columns, state: state.pointer(0..<needed),
        output: pointer(row: 0), output_stride: stride)
    ) { unsafe inference_recur($0) }
  }

  /// Each column of self becomes the causal convolution of the column of `input`, and its activation.
  ///
  /// `weight` holds the taps of all channels, of which those from `first` on are used.
  func convolve(
    _ input: Matrix, _ weight: Matrix, _ bias: Matrix?, first: Int, taps: Int,
    _ function: ActivationFunction
  ) {
    precondition(rows == input.rows && columns == input.columns)
    guard rows > 0, columns > 0 else { return }
    let weights = weight.columns(first * taps..<(first + columns) * taps)
    let biases = bias?.columns(first..<first + columns)
    unsafe inference_causal_convolution(
      pointer(row: 0), stride, input.pointer(row: 0), input.stride, weights.pointer(row: 0),
      biases.map { unsafe UnsafePointer($0.pointer(row: 0)) }, rows, columns, taps,
      function.kernel)
  }

  /// Each column of self becomes the output of a selective state space for the column of `input`.
  func scan(_ input: Matrix, steps: Matrix, b: Matrix, c: Matrix, decay: Matrix, skip: Matrix) {
    precondition(input.rows == rows && steps.rows == rows && b.rows == rows && c.rows == rows)
    precondition(input.columns == columns && steps.columns == columns && skip.columns == columns)
    precondition(b.columns == c.columns && b.stride == c.stride)
    precondition(decay.columns == columns * b.columns)
    guard rows > 0, columns > 0, b.columns > 0 else { return }
    let state = Matrix(rows: 1, columns: decay.columns)
    unsafe inference_selective_scan(
      pointer(row: 0), stride, input.pointer(row: 0), input.stride, steps.pointer(row: 0),
      steps.stride, b.pointer(row: 0), c.pointer(row: 0), b.stride, decay.pointer(row: 0),
      skip.pointer(row: 0), state.pointer(row: 0), rows, columns, b.columns)
  }
}
