internal import WeighbridgeByteIO

/// Collects moments of what the matrices of a layer are multiplied with.
///
/// Matrices that share their input share its moments, unless tokens weigh differently for them.
package final class MomentCollector {
  /// The moments of every matrix that was met.
  package private(set) var moments: [MatrixKey: Moments] = [:]
  /// What each token weighs for a matrix, over all tokens of the text; others weigh tokens alike.
  private let weights: [MatrixKey: TokenWeights]
  /// The place in the text of the first token that walks.
  var firstToken = 0

  /// A collector that weighs tokens.
  package init(weights: [MatrixKey: TokenWeights] = [:]) { self.weights = weights }

  /// Forgets everything: the next layer's turn.
  package func reset() { moments = [:] }
}

/// One number for each token of a text.
package struct TokenWeights: Sendable {
  /// Of shape [1, tokens].
  let values: Matrix

  package var mean: Double {
    guard values.columns > 0 else { return 0 }
    return values.array.reduce(0) { $0 + Double($1) } / Double(values.columns)
  }
}

extension MomentCollector: InputObserver {
  func observe(_ input: Matrix, _ weights: [Linear], workers: Int) {
    var shared: Moments?
    for linear in weights where linear.inputs == input.columns {
      guard let name = linear.tensor else { continue }
      let key = MatrixKey(name, part: linear.part)
      if let own = self.weights[key], linear.parts == 1 {
        let target = moments[key] ?? Moments(columns: input.columns)
        let range = firstToken..<firstToken + input.rows
        target.add(input, weights: own.values.columns(range), workers: workers)
        moments[key] = target
        continue
      }
      if let shared {
        moments[key] = shared
        continue
      }
      let target = moments[key] ?? Moments(columns: input.columns)
      target.add(input, workers: workers)
      moments[key] = target
      shared = target
    }
  }
}
