internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// What makes one vector of an encoder's states: the embedding of a text, or the scores of a reranker.
struct TextHead: Sendable {
  /// Which states count (llama.cpp, `llama_pooling_type`).
  enum Pooling: Hashable, Sendable { case mean, first, last }

  let pooling: Pooling
  /// State to state, with a nonlinearity behind it.
  let dense: Linear?
  /// ModernBERT has GELU and a norm, DistilBERT what is positive, all others the hyperbolic tangent.
  let activation: ActivationFunction
  /// Of what that gives.
  let norm: NormWeights?
  /// State to scores.
  let output: Linear?

  /// Finds the head; a model that says nothing counts by its first token.
  init(_ facts: DecoderFacts, _ weights: WeightTable) throws(InferenceError) {
    let isScored = facts.has("cls.output.weight")
    let own = try describing { () throws(ModelError) in
      try facts.optionalCount(isScored ? "classifier.pooling_type" : "pooling_type")
    }
    let kind = try describing { () throws(ModelError) in
      try facts.optionalCount("pooling_type")
    }
    switch own ?? kind {
    case 1: pooling = .mean
    case 3: pooling = .last
    default: pooling = .first
    }
    let width = facts.width
    let rectified = "cls.rectified.weight"
    let name = facts.has(rectified) ? rectified : "cls.weight"
    let inner = facts.rows(name)
    dense = try inner.map { (rows) throws(InferenceError) in
      try weights.linear(name, outputs: rows, inputs: width)
    }
    activation =
      if facts.has("cls.norm.weight") {
        ActivationFunction.geluErf
      } else if facts.has(rectified) {
        .relu
      } else {
        .tanh
      }
    norm =
      facts.has("cls.norm.weight")
      ? try weights.norm(
        "cls.norm", length: inner ?? width, .init(kind: .layer, epsilon: 1e-5)) : nil
    output = try facts.rows("cls.output.weight").map { (rows) throws(InferenceError) in
      try weights.linear("cls.output.weight", outputs: rows, inputs: inner ?? width)
    }
  }
}

extension Decoder {
  /// One vector of a text: its embedding, [1, width], or a reranker's scores, [1, labels].
  ///
  /// Embeddings are not brought to a length of one.
  package func pooled(
    of tokens: [Int32], options: InferenceOptions
  ) throws(InferenceError) -> TokenMatrix {
    guard self.head == nil, encoder == nil else {
      throw .model(
        ModelError(
          .invalidRequest, description.architecture,
          "the model has logits for each token, and no vector of a text"))
    }
    let states = try logits(of: tokens, options: options)
    let all = Matrix(states.values, rows: states.rows)
    var vector = Matrix(rows: 1, columns: all.columns)
    switch textHead.pooling {
    case .first: vector.copy(all.rows(0..<1))
    case .last: vector.copy(all.rows(all.rows - 1..<all.rows))
    case .mean:
      for row in 0..<all.rows { vector.add(all.rows(row..<row + 1), scale: 1 / Float(all.rows)) }
    }
    let space = Workspace([self], windows: 1, length: 1, options)
    let walk = DecoderWalk(self, space, workers: options.threads)
    return try reading { () throws(FormatError) in
      if let dense = textHead.dense {
        let result = Matrix(rows: 1, columns: dense.outputs)
        try walk.multiply(vector, [(weights: dense, output: result)])
        result.activate(textHead.activation, times: nil)
        if let norm = textHead.norm { result.normalize(result, norm) }
        vector = result
      }
      if let output = textHead.output {
        let result = Matrix(rows: 1, columns: output.outputs)
        try walk.multiply(vector, [(weights: output, output: result)])
        vector = result
      }
      return TokenMatrix(rows: 1, columns: vector.columns, values: vector.array)
    }
  }
}
