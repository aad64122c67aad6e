internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// A model that can be run: every weight found, of the right shape and decodable.
///
/// It holds no matrices: each is read when its layer's turn comes, and dropped.
package struct Decoder: Sendable {
  /// What the model computes outside its layers.
  package let description: DecoderDescription
  /// The tokens' names, where the metadata has them: two models are compared only on one vocabulary.
  let vocabulary: MetadataValue?
  /// What may be computed otherwise than its author meant.
  package let problems: [Diagnostic]
  let embedding: FloatRows
  let embeddingNorm: NormWeights?
  let positions: FloatRows?
  let tokenType: Matrix?
  let layers: [Layer]
  /// Several streams of hidden states; nil for one.
  let altUp: AltUp?
  /// What walks from layer to layer.
  let carried: CarriedColumns
  let outputNorm: NormWeights?
  let head: Linear?
  /// What makes one vector of all last states, where there is no head.
  let textHead: TextHead

  /// Reads the text that this model writes another one for; nil for none.
  let encoder: EncoderStack?

  /// Finds and checks everything that running the model needs; reads norms and biases.
  package init(_ model: Model) throws(InferenceError) {
    try self.init(
      model, describing { () throws(ModelError) in try DecoderFacts(model) }, WeightTable(model))
  }

  private init(
    _ model: Model, _ facts: DecoderFacts, _ weights: WeightTable
  ) throws(InferenceError) {
    let description = try describing { () throws(ModelError) in try DecoderDescription(facts) }
    self.description = description
    vocabulary = model.metadata["tokenizer.ggml.tokens"]
    if let count = vocabulary?.array?.count, count != description.vocabularySize {
      throw .model(
        ModelError(
          .shapeMismatch, "tokenizer.ggml.tokens",
          "\(count) tokens, but 'token_embd.weight' has \(description.vocabularySize) rows",
          hint: "the metadata is of another model than the tensors"))
    }
    let width = description.width
    let normalization = description.normalization
    embedding = try weights.rows(
      "token_embd.weight", count: description.vocabularySize, length: width)
    embeddingNorm =
      description.embedding.isNormalized
      ? try weights.norm("token_embd_norm", length: width, normalization) : nil
    positions = try description.embedding.positions.map { (count) throws(InferenceError) in
      try weights.rows("position_embd.weight", count: count, length: width)
    }
    tokenType = description.embedding.hasTokenTypes ? try weights.firstTokenType(width) : nil
    let prefix = facts.traits.layerPrefix
    layers = try (0..<facts.layerCount).map { (index) throws(InferenceError) in
      try Layer(
        LayerSite(
          facts: facts, weights: weights, normalization: normalization, index: index,
          prefix: "\(prefix)blk.\(index)."))
    }
    altUp = try AltUp(facts, weights)
    carried = CarriedColumns(hidden: width, layers, streams: altUp?.count ?? 1)
    outputNorm =
      description.head.isNormalized
      ? try weights.norm(prefix + description.head.norm, length: width, normalization) : nil
    head = try description.head.weight.map { (name) throws(InferenceError) in
      try weights.linear(
        name, outputs: description.vocabularySize, inputs: width, bias: "output.bias")
    }
    textHead = try TextHead(facts, weights)
    encoder = try facts.encoder.map { (own) throws(InferenceError) in
      EncoderStack(try Decoder(model, own, weights))
    }
    problems = Self.unread(facts)
  }

  private static func unread(_ facts: DecoderFacts) -> [Diagnostic] {
    let keys = facts.unreadKeys
    guard !keys.isEmpty else { return [] }
    let listed = keys.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
    let pronoun = keys.count > 1 ? "them" : "it"
    return [
      Diagnostic(
        .warning, "unread-key", at: "metadata",
        "\(listed)\(keys.count > 8 ? " and \(keys.count - 8) more" : "") not known for this "
          + "architecture: a model that computes by \(pronoun) has other numbers")
    ]
  }
}

extension WeightTable {
  /// What is added to tokens of the first type.
  fileprivate func firstTokenType(_ width: Int) throws(InferenceError) -> Matrix {
    let types = try rows("token_types.weight", length: width)
    return Matrix(try reading { () throws(FormatError) in try types.read(rows: 0..<1) })
  }
}
