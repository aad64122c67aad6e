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
  let embedding: FloatRows
  let embeddingNorm: NormWeights?
  let positions: FloatRows?
  let tokenType: Matrix?
  let layers: [Layer]
  let outputNorm: NormWeights?
  let head: Linear?

  /// Finds and checks everything that running the model needs; reads norms and biases.
  package init(_ model: Model) throws(InferenceError) {
    let facts = try describing { () throws(ModelError) in try DecoderFacts(model) }
    let description = try describing { () throws(ModelError) in try DecoderDescription(facts) }
    self.description = description
    vocabulary = model.metadata["tokenizer.ggml.tokens"]
    let weights = WeightTable(model)
    let width = description.width
    let normalization = description.normalization
    embedding = try weights.rows(
      "token_embd.weight", count: description.vocabularySize, length: width)
    embeddingNorm =
      description.embedding.isNormalized
      ? try weights.norm("token_embd_norm", length: width, normalization) : nil
    if let count = description.embedding.positions {
      positions = try weights.rows("position_embd.weight", count: count, length: width)
    } else {
      positions = nil
    }
    if description.embedding.hasTokenTypes {
      let types = try weights.rows("token_types.weight", length: width)
      tokenType = Matrix(try reading { () throws(FormatError) in try types.read(rows: 0..<1) })
    } else {
      tokenType = nil
    }
    layers = try (0..<facts.layerCount).map { (index) throws(InferenceError) in
      try Layer(
        LayerSite(
          facts: facts, weights: weights, normalization: normalization, index: index,
          prefix: "blk.\(index)."))
    }
    outputNorm =
      description.head.isNormalized
      ? try weights.norm("output_norm", length: width, normalization) : nil
    head =
      try description.head.weight.map { (name) throws(InferenceError) in
        try weights.linear(
          name, outputs: description.vocabularySize, inputs: width, bias: "output.bias")
      }
  }
}
