internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

/// Numbers for each token of a text, row-major.
package struct TokenMatrix: Hashable, Sendable {
  /// Tokens.
  package let rows: Int
  /// Numbers for each: the vocabulary for logits, the width for hidden states.
  package let columns: Int
  /// All rows, one after another.
  package let values: [Float]

  /// Takes numbers, `columns` for each token.
  package init(rows: Int, columns: Int, values: [Float]) {
    self.rows = rows
    self.columns = columns
    self.values = values
  }
}

extension Decoder {
  /// The logits of every token of one text, [tokens, vocabulary]; for a model without a head its
  /// last hidden states, [tokens, width].
  ///
  /// All of them are held: for whole texts use `Perplexity` and `Comparison`, which hold a slice.
  ///
  /// A model that reads one text and writes another has logits of the tokens of the second, `written`;
  /// where there are none, of the token that every such text begins with.
  package func logits(
    of tokens: [Int32], written: [Int32]? = nil, options: InferenceOptions
  ) throws(InferenceError) -> TokenMatrix {
    guard let encoder else {
      guard written == nil else { throw .model(noEncoder) }
      return try logits(of: tokens, after: nil, length: tokens.count, options)
    }
    let states = try encoder.model.logits(of: tokens, options: options)
    let encoded = EncodedTexts(
      states: Matrix(states.values, rows: states.rows), ranges: [0..<states.rows])
    let first = description.firstToken.map { [Int32(clamping: $0)] } ?? []
    let written = written ?? first
    return try logits(
      of: written, after: encoded, length: max(tokens.count, written.count), options)
  }

  private func logits(
    of tokens: [Int32], after encoded: EncodedTexts?, length: Int, _ options: InferenceOptions
  ) throws(InferenceError) -> TokenMatrix {
    guard !tokens.isEmpty else { throw .model(noTokens) }
    let windows = TokenWindows(window: tokens)
    try check(windows)
    let space = Workspace([self], windows: 1, length: length, options)
    let walk = DecoderWalk(self, space, workers: options.threads)
    walk.encoded = encoded
    let logits = try reading { () throws(FormatError) in
      try walk.start(windows.windows)
      for layer in layers.indices { try walk.pass(layer) }
      let states = try walk.finalStates()
      guard let head else {
        return TokenMatrix(rows: states.rows, columns: states.columns, values: states.array)
      }
      let logits = Matrix(rows: states.rows, columns: head.outputs)
      try walk.multiply(states, [(head, logits)])
      walk.forRows(logits.rows) { description.head.finish(logits.rows($0)) }
      return TokenMatrix(rows: logits.rows, columns: logits.columns, values: logits.array)
    }
    try requireFinite(logits)
    return logits
  }

  /// What is no number cannot be compared with anything.
  private func requireFinite(_ logits: TokenMatrix) throws(InferenceError) {
    guard let place = logits.values.firstIndex(where: { !$0.isFinite }) else { return }
    throw .model(
      ModelError(
        .nonFiniteValue, description.architecture,
        "what it computes for token \(place / max(1, logits.columns)) is not finite",
        hint: "weighbridge validate names the tensors with such values"))
  }

  private var noTokens: ModelError {
    ModelError(.invalidRequest, "tokens", "at least one token is needed")
  }

  private var noEncoder: ModelError {
    ModelError(
      .invalidRequest, "decoder tokens",
      "\(description.architecture) has no encoder: it goes on with the text that it reads")
  }

  /// Throws where the model reads one text and writes another.
  package func requireOneText(for purpose: String) throws(InferenceError) {
    guard encoder != nil else { return }
    throw .model(
      ModelError(
        .invalidRequest, description.architecture,
        "the model reads one text and writes another, so that one text has no \(purpose)",
        hint: "'weighbridge logits MODEL --tokens … --decoder-tokens …' shows what it computes"))
  }

  /// Proves that every token is in the vocabulary and every position in what the model has.
  func check(_ windows: TokenWindows) throws(InferenceError) {
    let size = Int32(description.vocabularySize)
    for window in windows.windows {
      if let positions = description.embedding.positions, window.count > positions {
        throw .model(
          ModelError(
            .invalidRequest, "context",
            "a window of \(window.count) tokens is longer than the model's \(positions) positions"))
      }
      if let token = window.first(where: { $0 < 0 || $0 >= size }) {
        throw .model(
          ModelError(
            .invalidRequest, "tokens", "token \(token) is not in the vocabulary of \(size)"))
      }
    }
  }
}

extension DecoderWalk {
  /// The last hidden states, of the tokens that were kept, normalized for the head: [tokens, width].
  ///
  /// They take the place of what they are made of.
  func finalStates() throws(FormatError) -> Matrix {
    let hidden = hidden
    try decoder.altUp?.finish(on: self)
    if let norm = decoder.outputNorm { normalize(hidden, norm, into: hidden) }
    return hidden
  }
}
