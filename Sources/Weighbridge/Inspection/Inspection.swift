package import WeighbridgeByteIO
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
  package var configuration: JSONValue? { companion("config.json") }

  /// `adapter_config.json` of an adapter.
  package var adapterConfiguration: JSONValue? { companion("adapter_config.json") }

  private func companion(_ name: String) -> JSONValue? {
    guard let tree = model.companions, tree.names.contains(name),
      let source = try? tree.open(name)
    else { return nil }
    return try? JSONValue.read(source)
  }

  /// A hyperparameter under the architecture's prefix, or under its name in `config.json`; nil where
  /// layers differ in it.
  package func hyperparameter(_ key: ByteString, _ configurationKey: ByteString) -> Int? {
    guard let value = ArchitectureKeys(model.metadata)[key] else {
      return configuration?[configurationKey]?.integer
    }
    guard let list = value.array?.integers else { return value.integer }
    return Set(list).count == 1 ? list.first : nil
  }
}
