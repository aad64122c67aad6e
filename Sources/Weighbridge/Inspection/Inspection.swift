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

  /// A hyperparameter under the architecture's prefix, or under its name in `config.json`.
  package func hyperparameter(_ key: String, _ configurationKey: String) -> Int? {
    if let architecture, let value = model.metadata["\(architecture).\(key)"]?.integer {
      return value
    }
    return configuration?[ByteString(configurationKey)]?.integer
  }
}
