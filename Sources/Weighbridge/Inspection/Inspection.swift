internal import WeighbridgeByteIO
internal import WeighbridgeEncodings
package import WeighbridgeJSON
package import WeighbridgeModelIR

/// What headers and metadata tell of a model.
package struct Inspection {
  package let model: Model
  package let path: String
  package let summary: ModelSummary
  package var statistics: [TensorStatistics]?
  package var memory: MemoryEstimate?

  package init(_ model: Model, path: String) {
    self.model = model
    self.path = path
    self.summary = ModelSummary(model)
  }

  /// `general.architecture`, or the first of a checkpoint's `architectures`.
  package var architecture: String? {
    if let name = model.metadata["general.architecture"]?.string { return name.text }
    return configuration?["architectures"]?.array?.first?.text
  }

  /// `config.json` of a checkpoint.
  package var configuration: JSONValue? {
    guard let tree = model.companions, tree.names.contains("config.json"),
      let source = try? tree.open("config.json")
    else { return nil }
    return try? JSONValue.read(source)
  }

  /// A hyperparameter under the architecture's prefix, or under its name in `config.json`; that of a
  /// layer where there is one for each, and nothing where they differ and no layer is asked for.
  package func hyperparameter(
    _ key: String, _ configurationKey: String, layer: Int? = nil
  ) -> Int? {
    let keys = ArchitectureKeys(model.metadata)
    if let value = keys[ByteString(key)] {
      if let layer { return keys.integer(ByteString(key), layer: layer) }
      if let list = value.array?.integers {
        return Set(list).count == 1 ? list.first : nil
      }
      return value.integer
    }
    let value = configuration?[ByteString(configurationKey)]
    if let layer, let list = value?.array {
      return list.indices.contains(layer) ? list[layer].integer : nil
    }
    return value?.integer
  }
}
