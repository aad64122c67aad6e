package import WeighbridgeArchitectures
internal import WeighbridgeByteIO
package import WeighbridgeModelIR

/// A model that can be run: every weight found, of the right shape and decodable.
///
/// It holds no matrices: each is read when its layer's turn comes, and dropped.
package struct Decoder: Sendable {
  /// What the model computes.
  package let description: DecoderDescription
  /// The tokens' names, where the metadata has them: two models are compared only on one vocabulary.
  let vocabulary: MetadataValue?
  let embedding: FloatRows
  let embeddingNorm: NormWeights?
  let positions: FloatRows?
  let tokenType: Matrix?
  let layers: [LayerWeights]
  let outputNorm: NormWeights?
  let head: Linear?
  /// Divisors of rotary frequencies by the name of their tensor.
  let rotaryFactors: [String: [Float]]

  /// Finds and checks everything that running the model needs; reads norms and biases.
  package init(_ model: Model) throws(InferenceError) {
    let description: DecoderDescription
    do { description = try DecoderDescription(model) } catch { throw .model(error) }
    self.description = description
    vocabulary = model.metadata["tokenizer.ggml.tokens"]
    let weights = WeightTable(model)
    let width = description.width
    embedding = try weights.rows(
      "token_embd.weight", count: description.vocabularySize, length: width)
    embeddingNorm = try weights.norm(
      description.embedding.isNormalized ? "token_embd_norm" : nil, length: width)
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
    var layers: [LayerWeights] = []
    for (index, layer) in description.layers.enumerated() {
      layers.append(try LayerWeights(weights, layer, index: index, width: width))
    }
    self.layers = layers
    outputNorm = try weights.norm(
      description.head.isNormalized ? "output_norm" : nil, length: width)
    head =
      try description.head.weight.map { (name) throws(InferenceError) in
        try weights.linear(
          name, outputs: description.vocabularySize, inputs: width, bias: "output.bias")
      }
    rotaryFactors = try Decoder.rotaryFactors(weights, description)
  }

  private static func rotaryFactors(
    _ weights: WeightTable, _ description: DecoderDescription
  ) throws(InferenceError) -> [String: [Float]] {
    var factors: [String: [Float]] = [:]
    for layer in description.layers {
      guard let rotary = layer.rotary, case .factors(let name) = rotary.scaling,
        factors[name] == nil
      else { continue }
      factors[name] = try weights.vector(name, length: rotary.width / 2)?.array
    }
    return factors
  }
}

extension DecoderLayer {
  /// The rotation of the layer's queries and keys.
  var rotary: Rotary? {
    switch mixer {
    case .attention(let attention): attention.rotary
    case .latentAttention(let attention): attention.rotary
    case .stateSpace: nil
    }
  }
}
