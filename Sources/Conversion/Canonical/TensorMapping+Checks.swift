internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeModelIR

extension TensorMapping {
  /// A layer without any tensor shows that a file is missing.
  func checkLayers() throws(ModelError) {
    let layers = try configuration.layerCount()
    let absent = (0..<layers).lazy.filter { !seenLayers.contains($0) }.prefix(4)
    guard let first = absent.first else { return }
    throw ModelError(
      .missingTensor, architecture.name,
      "config.json declares \(layers) layers, and layer \(first) has no tensor",
      hint: "the checkpoint is incomplete: fetch all of its files")
  }

  /// The embedding's size is where a wrong `config.json` shows first.
  func checkEmbedding() throws(ModelError) {
    guard let embedding = tensors.first(where: { $0.name == "token_embd.weight" }) else {
      throw ModelError(
        .missingTensor, architecture.name, "no tensor becomes 'token_embd.weight'",
        hint: "the checkpoint is incomplete")
    }
    let dimensions = embedding.layout.shape.dimensions
    guard dimensions.count == 2, dimensions[1] == (try configuration.width()) else {
      throw ModelError(
        .shapeMismatch, "tensor 'token_embd.weight'",
        "its shape is \(dimensions), but config.json declares a width of "
          + "\(try configuration.width())")
    }
  }
}
