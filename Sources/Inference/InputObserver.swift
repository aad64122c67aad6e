/// Sees what matrices of weights are multiplied with while a text walks through a model.
protocol InputObserver: AnyObject {
  /// `input`, [tokens, columns], is about to be multiplied with all of these matrices.
  func observe(_ input: Matrix, _ weights: [Linear], workers: Int)
}

extension ActivationSquares: InputObserver {
  func observe(_ input: Matrix, _ weights: [Linear], workers: Int) {
    add(input, weights, workers: workers)
  }
}
