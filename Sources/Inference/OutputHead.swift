internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO

/// Where the logits of a model, or of a stored reference, come from.
enum OutputHead: Sendable {
  /// Final states times the head's weights.
  case weights(Linear, DecoderDescription.Head)
  /// A stored table; logarithms of probabilities are logits too.
  case table(any LogProbabilityTable, vocabulary: Int)

  /// That of a decoder; nil for an encoder.
  init?(_ decoder: Decoder) {
    guard let head = decoder.head else { return nil }
    self = .weights(head, decoder.description.head)
  }

  /// That of a stored reference.
  init(_ baseline: Baseline) {
    switch baseline.predictions {
    case .states(_, let linear, let description): self = .weights(linear, description)
    case .logProbabilities(let table): self = .table(table, vocabulary: baseline.vocabularySize)
    }
  }

  /// Tokens of the vocabulary.
  var outputs: Int {
    switch self {
    case .weights(let linear, _): linear.outputs
    case .table(_, let vocabulary): vocabulary
    }
  }

  /// Elements of a final state; none where there is a table.
  var inputs: Int {
    switch self {
    case .weights(let linear, _): linear.inputs
    case .table: 0
    }
  }

  /// The weights.
  var linear: Linear? {
    switch self {
    case .weights(let linear, _): linear
    case .table: nil
    }
  }
}

extension Matrix {
  /// Reads some columns of as many rows as self has.
  func read(_ table: any LogProbabilityTable, from row: Int, columns: Range<Int>)
    throws(FormatError)
  {
    precondition(columns.count == self.columns)
    for index in 0..<rows {
      let target = rows(index..<index + 1)
      var span = unsafe MutableSpan(
        _unsafeStart: target.pointer(row: 0), count: columns.count)
      try table.read(row: row + index, columns: columns, into: &span)
    }
  }
}
