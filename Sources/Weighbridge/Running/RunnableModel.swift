internal import WeighbridgeByteIO
internal import WeighbridgeConversion
package import WeighbridgeInference
package import WeighbridgeModelIR

/// A model that can be run: every weight found, of the right shape and decodable, and what its
/// configuration says is computed.
///
/// It holds no matrices: each is read when its layer's turn comes, and dropped.
public struct RunnableModel: Sendable {
  /// Where it is, and its size.
  public let summary: MeasuredModel
  /// How many tokens it was trained to see; nil where nothing says.
  public let trainedContext: Int?
  /// What was noticed, the headers' diagnostics included: keys of a configuration that have no effect
  /// or that GGUF cannot hold.
  public let diagnostics: [Diagnostic]
  package let model: Model
  package let decoder: Decoder

  /// Finds and checks everything that running takes; reads norms and biases.
  ///
  /// Keys of a checkpoint's configuration that ask for what cannot be computed are errors, but for
  /// those that are accepted: these count as missing. A checkpoint is read as one of `family`, a class
  /// or GGUF's name of a family, where that is given.
  public init(
    _ source: OpenedModel, accepting keys: Set<String> = [], as family: String? = nil
  ) throws(WeighbridgeError) {
    let (model, decoder) = try publicly {
      let model = try ModelInput.canonical(source.model, accepting: keys, as: family)
      return (model, try Decoder(model))
    }
    self.model = model
    self.decoder = decoder
    summary = MeasuredModel(source.location, model)
    trainedContext = ArchitectureKeys(model.metadata).integer("context_length")
    let contradictions = StatedSizes.contradictions(in: model)
    diagnostics = (model.problems + contradictions + decoder.problems).map { Diagnostic($0) }
  }

  /// Computes the logits of every token of one text; for a model without an output head, its last hidden
  /// states.
  ///
  /// All of them are held: for whole texts there is ``TextEvaluation``, which holds a slice.
  ///
  /// A model that reads one text and writes another has logits of the second, `written`; without it, of
  /// the token that every such text begins with.
  public func logits(
    of tokens: [Int32], written: [Int32]? = nil, using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> TokenTable {
    try publicly {
      let matrix = try decoder.logits(of: tokens, written: written, options: resources.inference)
      return TokenTable(rows: matrix.rows, columns: matrix.columns, values: matrix.values)
    }
  }

  /// Computes one vector of a text: an encoder's embedding of it, not brought to a length of one, or a
  /// reranker's scores.
  public func pooled(
    of tokens: [Int32], using resources: Resources = Resources()
  ) throws(WeighbridgeError) -> TokenTable {
    try publicly {
      let matrix = try decoder.pooled(of: tokens, options: resources.inference)
      return TokenTable(rows: matrix.rows, columns: matrix.columns, values: matrix.values)
    }
  }
}

/// Numbers for each token of a text.
public struct TokenTable: Hashable, Sendable {
  /// Tokens.
  public let rows: Int
  /// Numbers for each token: the size of the vocabulary, or the model's width.
  public let columns: Int
  /// All rows, one after another.
  public let values: [Float]

  /// Writes a NumPy file of float32, whole or not at all.
  public func write(to path: String, replaces: Bool = false) throws(WeighbridgeError) {
    try publicly {
      let matrix = TokenMatrix(rows: rows, columns: columns, values: values)
      let bytes = NumPyFile.bytes(matrix)
      let place = try OutputPlace(path, replacing: replaces)
      let file = try AtomicFile(place, byteCount: UInt64(bytes.count))
      try file.sink.write(bytes, at: 0)
      try file.commit()
    }
  }
}
