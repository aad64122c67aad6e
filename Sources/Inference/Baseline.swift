internal import WeighbridgeArchitectures
package import WeighbridgeByteIO
package import WeighbridgeModelIR

/// What a reference predicts of a text, stored, so that the reference itself is not needed again.
package struct Baseline: Sendable {
  /// The text's windows.
  package let windows: TokenWindows
  let vocabulary: MetadataValue?
  let vocabularySize: Int
  let predictions: Predictions

  enum Predictions: Sendable {
    /// The last hidden states of the scored tokens, [tokens, width], and the head that makes logits of
    /// them: what a walk has at its end, so that nothing is lost.
    case states(FloatRows, Linear, DecoderDescription.Head)
    /// Logarithms of probabilities, [tokens, vocabulary].
    case logProbabilities(any LogProbabilityTable)
  }

  /// The names of a baseline's tensors.
  package enum TensorName {
    /// The windows' tokens, I32 [windows, context].
    package static let tokens: ByteString = "baseline.tokens"
    /// The scored tokens' last hidden states, F32 [tokens, width].
    package static let states: ByteString = "baseline.states"
    /// The output head.
    package static let head: ByteString = "output.weight"
    /// The output head's bias.
    package static let bias: ByteString = "output.bias"
  }

  /// The names of a baseline's own metadata.
  package enum Key {
    /// The first scored position of each window.
    package static let firstScored: ByteString = "baseline.scored.first"
    /// Scored positions of each window.
    package static let scoredCount: ByteString = "baseline.scored.count"
    /// Tokens of each window, where these differ; windows are filled up to one length.
    package static let lengths: ByteString = "baseline.lengths"
    /// How many positions each window has scored, where these are its own.
    package static let counts: ByteString = "baseline.scored.counts"
    /// These positions, one window's behind another's.
    package static let positions: ByteString = "baseline.scored.positions"
    /// What logits are multiplied with.
    package static let scale: ByteString = "baseline.logit_scale"
    /// What logits are capped at.
    package static let softcap: ByteString = "baseline.logit_softcap"
    /// The names of the tokens.
    package static let vocabulary: ByteString = "tokenizer.ggml.tokens"
  }

  /// A table of probabilities that another program has stored.
  package init(
    windows: TokenWindows, vocabularySize: Int, table: any LogProbabilityTable
  ) {
    self.windows = windows
    self.vocabularySize = vocabularySize
    vocabulary = nil
    predictions = .logProbabilities(table)
  }

  /// Finds and checks what a recorder has stored.
  package init(_ model: Model) throws(InferenceError) {
    let weights = try WeightTable(model)
    guard let first = model.metadata[Key.firstScored]?.integer,
      let count = model.metadata[Key.scoredCount]?.integer,
      let tokens = model.tensor(named: TensorName.tokens),
      let head = model.tensor(named: TensorName.head)
    else {
      throw .model(ModelError(.missingMetadata, "baseline", "this is no stored baseline"))
    }
    let values = try weights.rows(TensorName.tokens.text, length: tokens.layout.rowLength)
    let windows = try reading { () throws(FormatError) in
      try (0..<tokens.layout.rowCount).map { (row) throws(FormatError) in
        try values.read(rows: row..<row + 1).map { Int32(exactly: $0) ?? -1 }
      }
    }
    guard first >= 0, count > 0, first <= tokens.layout.rowLength - 1 - count else {
      throw .model(
        ModelError(.invalidMetadata, Key.firstScored.text, "positions that no window has"))
    }
    self.windows =
      try Self.ownWindows(windows, model.metadata)
      ?? TokenWindows(windows: windows, scored: first..<first + count)
    vocabularySize = head.layout.rowCount
    vocabulary = model.metadata[Key.vocabulary]
    let width = head.layout.rowLength
    let linear = try weights.linear(
      TensorName.head.text, outputs: vocabularySize, inputs: width, bias: TensorName.bias.text)
    let states = try weights.rows(
      TensorName.states.text, count: self.windows.scoredCount, length: width)
    var description = DecoderDescription.Head()
    description.scale = model.metadata[Key.scale]?.float ?? 1
    description.softcap = model.metadata[Key.softcap]?.float
    predictions = .states(states, linear, description)
  }

  /// Windows of several lengths, with positions of their own; nil where all are alike.
  private static func ownWindows(
    _ windows: [[Int32]], _ metadata: Metadata
  ) throws(InferenceError) -> TokenWindows? {
    guard let positions = metadata[Key.positions]?.array?.integers else { return nil }
    guard let lengths = metadata[Key.lengths]?.array?.integers, lengths.count == windows.count,
      let counts = metadata[Key.counts]?.array?.integers, counts.count == windows.count
    else {
      throw .model(
        ModelError(
          .invalidMetadata, Key.positions.text, "lengths and counts of windows are missing")
      )
    }
    var first = 0
    var own: [(tokens: [Int32], positions: [Int])] = []
    for (index, window) in windows.enumerated() {
      let (length, count) = (lengths[index], counts[index])
      guard (1...window.count).contains(length), (0...(positions.count - first)).contains(count),
        positions[first..<first + count].allSatisfy({ (0..<length - 1).contains($0) })
      else {
        throw .model(
          ModelError(.invalidMetadata, Key.positions.text, "positions that window \(index) has not")
        )
      }
      own.append((Array(window[..<length]), Array(positions[first..<first + count])))
      first += count
    }
    return TokenWindows(own)
  }

  /// Final states of some tokens, [tokens, width]; no columns where there is a table.
  func states(_ first: Int, _ count: Int) throws(FormatError) -> Matrix {
    switch predictions {
    case .logProbabilities: return Matrix(rows: count, columns: 0)
    case .states(let rows, _, _):
      let states = Matrix(rows: count, columns: rows.rowLength)
      var scratch = PayloadScratch()
      try states.decode(rows, rows: first..<first + count, &scratch)
      return states
    }
  }

  /// Throws unless a model's tokens are the baseline's.
  func requireSameVocabulary(as decoder: Decoder) throws(InferenceError) {
    try requireVocabulary(
      (vocabularySize, vocabulary), (decoder.description.vocabularySize, decoder.vocabulary))
  }
}

/// Logarithms of probabilities that lie somewhere, a row for each scored token.
package protocol LogProbabilityTable: Sendable {
  /// Reads some columns of a row.
  func read(
    row: Int, columns: Range<Int>, into output: inout MutableSpan<Float>
  ) throws(FormatError)
}

/// Keeps what a reference predicts while it walks.
package protocol BaselineRecorder: Sendable {
  /// Keeps the last hidden states of some scored tokens, row after row; the first is token `first` of
  /// all.
  func record(states: [Float], from first: Int) throws(FormatError)
}

extension Decoder {
  /// The layouts of what a recorder stores of this model and a text, with the head's own payload.
  ///
  /// Nil for a model without a head.
  package func baseline(of windows: TokenWindows) -> (
    metadata: [(key: ByteString, value: MetadataValue)], head: any TensorPayload, bias: [Float]?,
    width: Int
  )? {
    guard let head else { return nil }
    let output = description.head
    var metadata: [(key: ByteString, value: MetadataValue)] = [
      (Baseline.Key.firstScored, .uint32(UInt32(clamping: windows.scored.lowerBound))),
      (Baseline.Key.scoredCount, .uint32(UInt32(clamping: windows.scored.count))),
      (Baseline.Key.scale, .float32(output.scale)),
    ]
    if windows.ownPositions != nil {
      let positions = windows.windows.indices.map { windows.positions(of: $0) }
      let lists: [(ByteString, [Int])] = [
        (Baseline.Key.lengths, windows.windows.map(\.count)),
        (Baseline.Key.counts, positions.map(\.count)),
        (Baseline.Key.positions, positions.flatMap { $0 }),
      ]
      for (key, list) in lists {
        metadata.append((key, .array(.int32(list.map { Int32(clamping: $0) }))))
      }
    }
    if let softcap = output.softcap { metadata.append((Baseline.Key.softcap, .float32(softcap))) }
    if let vocabulary { metadata.append((Baseline.Key.vocabulary, vocabulary)) }
    return (metadata, head.source.payload, head.bias?.array, description.width)
  }
}
