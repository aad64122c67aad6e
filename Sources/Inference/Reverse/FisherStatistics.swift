/// How much a text's predictions feel each matrix: the diagonal of the Fisher information of a model's
/// predictions, one number for each token and matrix.
package struct FisherStatistics: Sendable {
  /// Σ g² / outputs of each token, g being the gradient at the matrix's output.
  package internal(set) var tokenWeights: [MatrixKey: TokenWeights] = [:]
  /// Matrices whose moments are weighed by these.
  package private(set) var weighed: Set<MatrixKey> = []
  /// The mean of these over the tokens.
  package internal(set) var scales: [MatrixKey: Double] = [:]
  /// Σ g gᵀ of the gradients at the embeddings' output.
  package internal(set) var embedding: Moments?
  /// Σ g gᵀ at the matrices' outputs, where they were asked for and fit into the memory.
  package internal(set) var outputs: [MatrixKey: Moments] = [:]
  /// How often each token occurs, as a share of all.
  package internal(set) var frequencies: [Double] = []

  /// The mean of the shares.
  package var meanFrequency: Double {
    frequencies.isEmpty ? 0 : frequencies.reduce(0, +) / Double(frequencies.count)
  }

  /// Nothing collected.
  init() {}

  /// What an earlier walk has collected, without the tokens' weights themselves.
  package init(
    scales: [MatrixKey: Double], weighed: Set<MatrixKey>, embedding: Moments?,
    outputs: [MatrixKey: Moments], frequencies: [Double]
  ) {
    self.scales = scales
    self.weighed = weighed
    self.embedding = embedding
    self.outputs = outputs
    self.frequencies = frequencies
  }

  /// Sets what each token weighs for a matrix.
  mutating func weigh(_ key: MatrixKey, by values: TokenWeights) {
    tokenWeights[key] = values
    weighed.insert(key)
    scales[key] = values.mean
  }

  /// The same without weights of tokens, where `drops` says so.
  package func scalesOnly(_ drops: Bool) -> FisherStatistics {
    guard drops else { return self }
    var result = self
    result.tokenWeights = [:]
    result.weighed = []
    return result
  }
}
