internal import WeighbridgeArchitectures
internal import WeighbridgeByteIO
internal import WeighbridgeCheckpoints
internal import WeighbridgeJSON
package import WeighbridgeModelIR

/// The parameters of a model as it is stored.
package enum StoredParameters {
  /// The elements of all tensors; of a checkpoint whose weights are packed, the weights that they stand
  /// for, without biases that the scheme's program writes and the configuration does not speak of.
  package static func count(_ model: Model) -> UInt64 {
    guard model.kind == .checkpoint, let tree = model.companions,
      let document = try? CheckpointFiles(tree).json("config.json"),
      let packed = PackedElements(model, document)
    else { return model.elementCount }
    var options = CanonicalOptions()
    options.isVocabularyOnly = true
    let reading = try? ConfigurationReading(document, options)
    return model.tensors.reduce(0) { sum, tensor in
      if let reading, reading.leavesOut(NamePattern.split(tensor.name)) { return sum }
      return sum &+ packed.count(of: tensor)
    }
  }
}
