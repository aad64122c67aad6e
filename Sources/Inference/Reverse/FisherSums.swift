internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

/// Running sums of a Fisher walk.
final class FisherSums {
  private let tokens: Int
  private var weights: [MatrixKey: Matrix] = [:]
  private var expertSums: [MatrixKey: Double] = [:]
  private var outputs: [MatrixKey: Moments] = [:]
  private let embedding: Moments
  private let frequencies: [Double]
  private let headKey: MatrixKey?
  private let collectsOutputs: Bool

  init(
    _ decoder: Decoder, _ windows: TokenWindows, collectsOutputs: Bool, _ options: InferenceOptions
  ) {
    tokens = windows.tokenCount
    embedding = Moments(columns: decoder.description.width)
    var counts = [Double](repeating: 0, count: decoder.description.vocabularySize)
    for window in windows.windows { for token in window { counts[Int(token)] += 1 } }
    let all = Double(max(1, windows.tokenCount))
    frequencies = counts.map { $0 / all }
    headKey = decoder.head?.tensor.map { MatrixKey($0) }
    let need = decoder.layers.reduce(0) { sum, layer in
      layer.commonLinears.reduce(sum) { $0 + Double($1.outputs) * Double($1.outputs) * 8 }
    }
    self.collectsOutputs = collectsOutputs && need < Double(options.memory) / 4
  }

  /// Adds what a batch's gradients at a layer's matrices say.
  func add(_ store: GradientStore, from first: Int, workers: Int) {
    for (linear, gradient) in store.gradients {
      guard let name = linear.tensor else { continue }
      let key = MatrixKey(name, part: linear.part)
      guard linear.parts == 1 else {
        // Stacked matrices weigh tokens alike.
        expertSums[key, default: 0] += (0..<gradient.rows).reduce(0) {
          $0 + Double(gradient.meanSquare(row: $1))
        }
        continue
      }
      let own = weights[key] ?? Matrix.zeros(1, tokens)
      weights[key] = own
      let step = DecoderWalk.tokensPerJob
      Workers.run((gradient.rows + step - 1) / step, on: workers, scratch: { 0 }) { (_, job) in
        for row in job * step..<min(gradient.rows, (job + 1) * step) {
          own[0, first + row] = gradient.meanSquare(row: row)
        }
      }
      guard collectsOutputs else { continue }
      let moments = outputs[key] ?? Moments(columns: linear.outputs)
      moments.add(gradient, workers: workers)
      outputs[key] = moments
    }
    for (key, sums) in store.experts {
      expertSums[key, default: 0] += sums.array.reduce(0) { $0 + Double($1) }
    }
  }

  /// Adds the mean squares at the head's output.
  func addHead(_ values: Matrix, from first: Int) {
    guard let headKey else { return }
    let own = weights[headKey] ?? Matrix.zeros(1, tokens)
    own.columns(first..<first + values.columns).copy(values)
    weights[headKey] = own
  }

  /// Adds the gradients at the embeddings.
  func addEmbedding(_ gradient: Matrix, workers: Int) {
    embedding.add(gradient, workers: workers)
  }

  /// Whether all of it are numbers.
  var isFinite: Bool {
    weights.values.allSatisfy { $0.isFinite } && embedding.diagonal.allSatisfy { $0.isFinite }
      && expertSums.values.allSatisfy { $0.isFinite }
  }

  /// The result.
  var statistics: FisherStatistics {
    var result = FisherStatistics()
    for (key, values) in weights {
      result.weigh(key, by: TokenWeights(values: values))
    }
    for (key, sum) in expertSums { result.scales[key] = sum / Double(max(1, tokens)) }
    result.embedding = embedding
    result.outputs = outputs
    result.frequencies = frequencies
    return result
  }
}
