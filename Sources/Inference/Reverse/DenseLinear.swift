internal import WeighbridgeByteIO

/// A matrix of weights that is decoded whole, for as long as a layer's reverse needs it.
struct DenseLinear: Sendable {
  let linear: Linear
  /// All rows, [outputs, inputs].
  let weight: Matrix

  init(_ linear: Linear, workers: Int) throws(FormatError) {
    self.linear = linear
    let weight = Matrix(
      SharedBuffer(uninitialized: linear.outputs * linear.inputs), rows: linear.outputs,
      columns: linear.inputs)
    let step = Linear.panelStep
    try Workers.run(
      (linear.outputs + step - 1) / step, on: workers, scratch: { PanelScratch() }
    ) { (scratch, job) throws(FormatError) in
      let rows = job * step..<min(linear.outputs, (job + 1) * step)
      let from = linear.first + rows.lowerBound..<linear.first + rows.upperBound
      try weight.rows(rows).decode(linear.source, rows: from, &scratch.payloads)
    }
    self.weight = weight
  }

  /// output = input × weightᵀ + bias; `output` holds zeros.
  func apply(_ input: Matrix, into output: Matrix) {
    output.add(input, timesTransposed: weight)
    if let bias = linear.bias { output.add(bias) }
  }

  /// input += output × weight, for gradients.
  func reverse(_ output: Matrix, addingTo input: Matrix) { input.add(output, times: weight) }
}

/// Where the gradients at the outputs of a layer's matrices go: each to rows of a matrix of its own.
final class GradientStore: @unchecked Sendable {
  /// [tokens, outputs] of each matrix that every token meets.
  private(set) var gradients: [(linear: Linear, values: Matrix)] = []
  /// Σ g² / outputs of the experts' matrices, by window.
  private(set) var experts: [MatrixKey: Matrix] = [:]
  /// Σ gradient × output of each column of a norm: the gradient at the logarithm of its weight, window by
  /// window.
  private(set) var norms: [ByteString: Matrix] = [:]
  /// The first token of each window.
  private let starts: [Int]

  /// A store for a batch with these windows; `linears` meet every token, `experts` only some.
  init(
    _ windows: [Range<Int>], _ linears: [Linear], experts: [Linear], norms: [NormWeights] = []
  ) {
    starts = windows.map(\.lowerBound)
    for norm in norms {
      guard let name = norm.tensor, let weight = norm.weight, norm.bias == nil else { continue }
      self.norms[name] = Matrix.zeros(windows.count, weight.columns)
    }
    let tokens = windows.last?.upperBound ?? 0
    for linear in experts {
      guard let name = linear.tensor else { continue }
      self.experts[MatrixKey(name, part: linear.part)] = Matrix.zeros(1, windows.count)
    }
    for linear in linears where linear.tensor != nil {
      gradients.append((linear, Matrix.zeros(tokens, linear.outputs)))
    }
  }

  /// Keeps the gradient at a matrix's output, of the tokens from `first` on.
  func record(_ linear: Linear, _ gradient: Matrix, first: Int) {
    let same: (Linear) -> Bool = { $0.tensor == linear.tensor && $0.part == linear.part }
    guard let store = gradients.first(where: { same($0.linear) }) else { return }
    store.values.rows(first..<first + gradient.rows).copy(gradient)
  }

  /// Adds what the gradient at a norm's output says of its weight, of the window that begins at `first`.
  func record(_ norm: NormWeights, input: Matrix, _ gradient: Matrix, first: Int) {
    guard let name = norm.tensor, let sums = norms[name],
      let window = starts.firstIndex(of: first)
    else { return }
    let output = Matrix.zeros(input.rows, input.columns)
    output.normalize(input, norm)
    sums.rows(window..<window + 1).addProducts(output, gradient)
  }

  /// Adds the gradients at the output of an expert's matrix, of some tokens of the
  /// window that begins at `first`.
  func recordExpert(_ linear: Linear, _ gradient: Matrix, first: Int) {
    guard let name = linear.tensor, let sums = experts[MatrixKey(name, part: linear.part)],
      let window = starts.firstIndex(of: first)
    else { return }
    for row in 0..<gradient.rows { sums[0, window] += gradient.meanSquare(row: row) }
  }
}
